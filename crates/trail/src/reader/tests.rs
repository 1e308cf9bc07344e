//! What content may look like, and what becomes of it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::sync::Mutex;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::document::Receiver;
use super::*;

/// Writes down what becomes of each record: the name of a wanted one, `-` for one that nobody asked for, or the code of
/// the reason for skipping it.
#[derive(Default)]
struct Notes {
    outcomes: Vec<String>,
    wanted: Vec<Vec<u8>>,
}

impl Receiver for Notes {
    fn wants(&mut self, event_name: &[u8]) -> bool {
        is_mutating(event_name)
    }

    fn wanted(&mut self, bytes: &[u8], record: Record<'_>) -> ControlFlow<()> {
        self.outcomes.push(record.event_name.into_owned());
        self.wanted.push(bytes.to_vec());
        ControlFlow::Continue(())
    }

    fn unwatched(&mut self) {
        self.outcomes.push("-".to_owned());
    }

    fn skipped(&mut self, reason: SkipReason, _offset: usize, _detail: String) {
        self.outcomes.push(reason.code().to_owned());
    }
}

fn is_mutating(event_name: &[u8]) -> bool {
    !["Describe", "Get", "List", "Assume"].iter().any(|prefix| event_name.starts_with(prefix.as_bytes()))
}

fn outcomes(content: &[u8]) -> String {
    let mut notes = Notes::default();
    assert!(document::read(content, None, &mut notes).is_continue());
    notes.outcomes.join(" ")
}

#[track_caller]
fn check(content: impl AsRef<[u8]>, expected: &str) {
    let content = content.as_ref();
    assert_eq!(outcomes(content), expected, "{}", String::from_utf8_lossy(content));
}

/// A record with this name, and these members in place of or beside the usual ones.
fn record_with(name: &str, members: &Json) -> Json {
    let mut record = json!({
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "userName": "ada"},
        "eventTime": "2023-07-10T12:10:08Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "requestParameters": {"bucketName": "b"},
        "eventID": "e",
        "eventCategory": "Management",
    });
    for (key, value) in members.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

fn record(name: &str) -> Json {
    record_with(name, &json!({}))
}

fn log(records: &[Json]) -> Json {
    json!({ "Records": records })
}

#[test]
fn log_files_are_read_however_they_are_laid_out() {
    let records = [record("CreateBucket"), record("GetObject"), record("DeleteBucket")];
    let whole = log(&records);
    let with_more = json!({"Records": records, "Zone": {"a": "]}"}, "last": [1, 2]});
    let not_first = json!({"AAA": {"Records": [1]}, "Records": records});
    let compact = whole.to_string();
    for content in [
        compact.clone(),
        serde_json::to_string_pretty(&whole).unwrap(),
        format!("\u{feff}{compact}\r\n"),
        format!(" \t\r\n{compact}\n\n"),
        with_more.to_string(),
        serde_json::to_string_pretty(&with_more).unwrap(),
        not_first.to_string(),
        serde_json::to_string_pretty(&not_first).unwrap(),
        compact.replace("},{", "}\n,{"),
        compact.replace("[{", "[\n{").replace("},{", "},\n{"),
        json!(records).to_string(),
        serde_json::to_string_pretty(&json!(records)).unwrap(),
        json!([log(&records[..1]), records[1], log(&records[2..])]).to_string(),
        records.each_ref().map(Json::to_string).join("\n"),
        records.each_ref().map(Json::to_string).join("\r\n\r\n"),
        records.each_ref().map(Json::to_string).join(""),
        records.each_ref().map(|record| serde_json::to_string_pretty(record).unwrap()).join("\n"),
        records.each_ref().map(|record| log(std::slice::from_ref(record)).to_string()).join("\n"),
        format!("{}\n{}", json!(records[..2]), serde_json::to_string_pretty(&records[2]).unwrap()),
        format!("{}\n{}\n", records[0], serde_json::to_string_pretty(&json!(records[1..])).unwrap()),
    ] {
        check(content, "CreateBucket - DeleteBucket");
    }
    check(r#"{"Records":[]}"#, "");
    check(r#"{"Records":[]}{"Records":[]}"#, "");
    check("[]", "");
}

#[test]
fn envelopes_carry_records() {
    let envelope = |kind: &str, detail: Json| json!({"version": "0", "detail-type": kind, "detail": detail});
    let call = "AWS API Call via CloudTrail";
    let lines = [
        envelope(call, record("CreateBucket")),
        envelope(call, record("GetObject")),
        envelope("AWS Console Sign In via CloudTrail", record("ConsoleLogin")),
        envelope("EC2 Instance State-change Notification", json!({"state": "running"})),
        envelope("...", record("CreateBucket")),
        envelope(call, json!("...")),
        envelope(call, json!({})),
        envelope(call, record_with("PutBucketAcl", &json!({"eventTime": "..."}))),
        envelope("AWS Insight via CloudTrail", json!({})),
        json!({"detail-type": call}),
        json!({"detail": record("CreateBucket")}),
    ];
    let expected = "CreateBucket - ConsoleLogin bad_envelope bad_envelope not_a_record not_a_record bad_time insight \
                    bad_envelope bad_envelope";
    check(lines.each_ref().map(Json::to_string).join("\n"), expected);
    check(json!(lines).to_string(), expected);
    check(serde_json::to_string_pretty(&log(&lines)).unwrap(), expected);
}

#[test]
fn records_that_say_nothing_about_configuration_are_counted_by_kind() {
    for (members, outcome) in [
        (json!({"eventCategory": "Data", "managementEvent": false}), "data_event"),
        (json!({"eventCategory": null, "managementEvent": false}), "data_event"),
        (json!({"eventCategory": "NetworkActivity"}), "network_activity"),
        (json!({"eventCategory": null, "eventType": "AwsVpceEvent"}), "network_activity"),
        (json!({"eventCategory": "Insight"}), "insight"),
        (json!({"eventCategory": null, "eventType": "AwsCloudTrailInsight"}), "insight"),
        (json!({"eventCategory": "Management", "requestParameters": {"eventCategory": "Data"}}), "-"),
        (json!({"eventCategory": "New"}), "-"),
    ] {
        let expected = outcome.replace('-', "PutObject");
        check(log(&[record_with("PutObject", &members)]).to_string(), &expected);
        check(log(&[record_with("GetObject", &members)]).to_string(), outcome);
    }
    // Old records have no category, and before that no flag.
    for (members, outcome) in [
        (r#""managementEvent":false"#, "data_event"),
        (r#""managementEvent" : false"#, "data_event"),
        (r#""managementEvent":true"#, "-"),
        (r#""managementEvent":true,"requestParameters":{"managementEvent":false}"#, "-"),
        (r#""managementEvent":false,"requestParameters":{"managementEvent":true}"#, "data_event"),
        (r#""requestParameters":{"managementEvent":false}"#, "-"),
        (r#""requestParameters":{"eventCategory":"Data"}"#, "-"),
        (r#""eventType":"AwsVpceEvent""#, "network_activity"),
    ] {
        check(format!(r#"{{"Records":[{{"eventName":"GetObject",{members}}}]}}"#), outcome);
    }
    let insight = json!({"eventVersion": "1.07", "eventTime": "2023-07-10T12:10:00Z", "awsRegion": "us-east-1",
        "eventType": "AwsCloudTrailInsight", "insightDetails": {"eventName": "RunInstances"}, "eventCategory": "Insight"});
    check(log(&[insight]).to_string(), "insight");
    let digest = json!({"awsAccountId": "111122223333", "digestStartTime": "2023-07-10T12:10:00Z", "logFiles": [{}]});
    check(digest.to_string(), "digest");
}

#[test]
fn root_activity_is_wanted_whatever_its_name() {
    let root = json!({"userIdentity": {"type": "Root"}});
    let content = log(&[record("GetObject"), record_with("ListBuckets", &root), record("ListBuckets")]);
    check(content.to_string(), "- ListBuckets -");
    check(content.to_string().replace("\"Root\"", r#""\u0052oot""#), "- ListBuckets -");
    check(serde_json::to_string_pretty(&content).unwrap(), "- ListBuckets -");
    let not_root = json!({"requestParameters": {"type": "Root"}, "userIdentity": {"sessionContext": {"type": "Root"}}});
    check(log(&[record_with("ListBuckets", &not_root)]).to_string(), "-");
}

#[test]
fn odd_records_are_left_to_the_parser() {
    for (record, outcome) in [
        (r#"{"eventName":"ListA","eventName":"ListB","eventTime":"x"}"#, "not_a_record"),
        (r#"{"requestParameters":{"eventName":"ListBuckets"}}"#, "not_a_record"),
        (r#"{"eventNam\u0065":"ListBuckets"}"#, "-"),
        (&*record("ListBuckets").to_string().replace("ListB", "List\\u0042"), "-"),
        (&*record("PutBucketAcl").to_string().replace("PutB", "Put\\u0042"), "PutBucketAcl"),
        (&*record("ListBuckets").to_string().replacen('{', r#"{"event\u004eame":"CreateBucket","#, 1), "not_a_record"),
        (r#"{"eventName":7}"#, "not_a_record"),
        (r#"{"eventName":null}"#, "not_a_record"),
        (r#"{"eventName":{"eventName":"ListBuckets"}}"#, "not_a_record"),
        (r#"{"x":"\",\"eventName\":\"PutX\"","eventName":"ListBuckets"}"#, "-"),
        (r#"{"eventName":"ListBuckets","requestParameters":{"eventName":"PutBucketAcl"}}"#, "-"),
        (r#"{"eventName":"PutBucketAcl"}"#, "not_a_record"),
        (r#"{"eventNames":"ListBuckets"}"#, "not_a_record"),
        ("{}", "not_a_record"),
        ("7", "not_a_record"),
        ("null", "not_a_record"),
        (r#""a, ] \" b""#, "not_a_record"),
        ("[[]]", "not_a_record"),
        (r#"{"Records":7}"#, "not_a_record"),
    ] {
        check(format!("[{record}]"), outcome);
        check(format!("[{record},{}]", self::record("GetObject")), &format!("{outcome} -"));
    }
}

#[test]
fn damage_is_counted_once_and_takes_no_sound_record_with_it() {
    let (a, b, c) = (record("CreateA").to_string(), record("GetB").to_string(), record("CreateC").to_string());
    let cut = b.get(..b.len() - 20).unwrap();
    let inside_string = b.get(..b.find("eu-west").unwrap() + 3).unwrap();
    for (content, expected) in [
        (String::new(), "not_json"),
        (" \n".to_owned(), "not_json"),
        ("\u{feff}".to_owned(), "not_json"),
        ("hello".to_owned(), "not_json"),
        ("hello\nworld\nagain\n".to_owned(), "not_json"),
        (r#"[{"eventName":"ListBuckets","x":[}]"#.to_owned(), "not_json cut"),
        ("{".to_owned(), "cut"),
        ("[".to_owned(), "cut"),
        (r#"{"Records":["#.to_owned(), "cut"),
        (format!(r#"{{"Records":[{a},{cut}"#), "CreateA cut"),
        (format!(r#"{{"Records":[{a},{inside_string}"#), "CreateA cut"),
        (format!(r#"{{"Records":[{a},{b},"#), "CreateA - cut"),
        (format!(r#"{{"Records":[{a},{b}]"#), "CreateA - cut"),
        (format!(r#"{{"Records":[{a},{b}],"x":{{"#), "CreateA - cut"),
        (format!(r#"{{"Records":[{a},{b}}},{c}]}}"#), "CreateA - not_json"),
        (format!(r#"{{"Records":[{a},b,{c}]}}"#), "CreateA not_json"),
        (format!(r#"{{"Records":[{a}]}} and {c}"#), "CreateA not_json"),
        (format!("{a}\n{cut}\n{c}\n"), "CreateA not_json CreateC"),
        (format!("{a}\n{inside_string}\n{c}\n"), "CreateA not_json CreateC"),
        (format!("{cut}\n{a}\n{c}\n"), "not_json CreateA CreateC"),
        (format!("{inside_string}\n{a}\n{b}\n{c}\n"), "not_json CreateA - CreateC"),
        (format!("# exported\n{a}\n{c}\n"), "not_json CreateA CreateC"),
        (format!("{a}\nnoise\n{{\"Records\":[{b},{c},\n{c}"), "CreateA not_json - CreateC not_json CreateC"),
        (format!("{a}\n{b}\n{cut}"), "CreateA - cut"),
        (format!("{a}\n{cut}\n").repeat(40), &*["CreateA not_json"; 40].join(" ")),
    ] {
        // Only the last line of a file can be cut by its end.
        let expected = if content.ends_with(&format!("{cut}\n")) {
            format!("{}cut", expected.strip_suffix("not_json").unwrap())
        } else {
            expected.to_owned()
        };
        check(content, &expected);
    }
    let mut notes = Notes::default();
    let content = format!(r#"{{"Records":[{a},{cut}"#);
    assert!(document::read(content.as_bytes(), Some(SkipReason::BadGzip), &mut notes).is_continue());
    assert_eq!(notes.outcomes, ["CreateA", "bad_gzip"]);
    let mut notes = Notes::default();
    assert!(document::read(b"", Some(SkipReason::Cut), &mut notes).is_continue());
    assert_eq!(notes.outcomes, ["cut"]);
    let mut notes = Notes::default();
    assert!(document::read(a.as_bytes(), Some(SkipReason::Cut), &mut notes).is_continue());
    assert_eq!(notes.outcomes, ["CreateA", "cut"]);
}

#[test]
fn nesting_is_limited() {
    let mut value = log(&[record("CreateBucket")]);
    for _ in 0..10 {
        value = json!([value]);
        value = json!({"a": 1, "Records": value});
    }
    check(value.to_string(), "not_a_record");
    check("[".repeat(100_000), "cut");
    check(format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), "not_json");
    check("{\"a\":".repeat(100_000), "cut");
}

#[test]
fn brackets_quotes_and_keys_are_told_apart_at_every_place_in_a_block() {
    for filler in 0..140 {
        for tail in [r#"\\"#, r#"\\\""#, r#"\"eventName\":\"CreateX\""#, r#"\\\\\"}]"#, "{[", "}]"] {
            let hostile = format!(r#"{}{tail}"#, "x".repeat(filler));
            let one = format!(
                r#"{{"userAgent":"{hostile}","nested":{{"eventName":"CreateY"}},"eventName":"GetObject","eventCategory":"Data"}}"#
            );
            let content = format!(r#"{{"Records":[{one},{}, {one}]}}"#, record("CreateBucket"));
            assert!(serde_json::from_str::<Json>(&content).is_ok());
            check(content, "data_event CreateBucket data_event");
        }
    }
}

/// Strings that try to look like structure.
fn hostile_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\\",
        "\\\\",
        "\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\n",
        "\"eventName\":\"CreateX\"",
        "eventName",
        "\u{7f}",
        "é",
        "\u{2028}",
        "\t",
        "Root",
        "\"Root\"",
        "\"eventCategory\":\"Data\"",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        " ",
        "\0",
        "},{",
        "},",
        "1}]",
        "{}",
        ",{\"",
        "{\"eventVersion\":\"1.08\",",
    ]);
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

fn hostile_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        hostile_text().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
        Just(Json::Null),
    ];
    let key = prop_oneof![
        hostile_text(),
        prop::sample::select(vec!["eventName", "eventCategory", "managementEvent", "Records", "detail", "type"])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// A record whose fate is known, with hostile text wherever a caller could put it.
fn hostile_record() -> impl Strategy<Value = (Json, &'static str)> {
    let fate = prop::sample::select(vec![
        ("CreateBucket", "Management", "IAMUser", "CreateBucket"),
        ("GetObject", "Data", "IAMUser", "data_event"),
        ("PutObject", "Data", "IAMUser", "data_event"),
        ("ListBuckets", "Management", "IAMUser", "-"),
        ("ListBuckets", "Management", "Root", "ListBuckets"),
    ]);
    (fate, hostile_text(), hostile_value(), hostile_value()).prop_map(|((name, category, who, fate), text, a, b)| {
        let members = json!({"eventCategory": category, "userAgent": text, "requestParameters": a, "zzz": b,
            "userIdentity": {"type": who, "userName": text}});
        (record_with(name, &members), fate)
    })
}

/// The same in CloudTrail's own layout, compact and with its order of members.
fn hostile_line() -> impl Strategy<Value = (String, &'static str)> {
    (hostile_record(), hostile_value(), any::<prop::sample::Index>()).prop_map(|((record, fate), value, tail)| {
        let tails = [
            String::new(),
            format!(r#","tlsDetails":{}"#, record["requestParameters"]),
            r#","tlsDetails":{"tlsVersion":"TLSv1.3"}"#.to_owned(),
            r#","sessionCredentialFromConsole":"true""#.to_owned(),
            format!(r#","more":{value}"#),
        ];
        let line = format!(
            r#"{{"eventVersion":"1.08","userIdentity":{{"type":{},"sessionContext":{{"more":{value}}}}},"eventTime":{},"eventSource":{},"eventName":{},"awsRegion":{},"userAgent":{},"requestParameters":{},"responseElements":{},"eventID":{},"eventCategory":{}{}}}"#,
            record["userIdentity"]["type"],
            record["eventTime"],
            record["eventSource"],
            record["eventName"],
            record["awsRegion"],
            record["userAgent"],
            record["requestParameters"],
            record["zzz"],
            record["eventID"],
            record["eventCategory"],
            tail.get(&tails),
        );
        (line, fate)
    })
}

/// Escapes every character that is not a letter, a digit or structure, as a cautious writer of JSON does.
fn ascii_json(value: &Json) -> String {
    value.to_string().chars().fold(String::new(), |mut text, c| {
        if c.is_ascii() && c != '\u{7f}' {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_reader_and_the_parser_see_the_same_records(records in prop::collection::vec(hostile_record(), 0..8)) {
        let (values, fates): (Vec<Json>, Vec<&str>) = records.into_iter().unzip();
        let expected = fates.join(" ");
        let whole = log(&values);
        let wanted: Vec<Json> =
            values.iter().zip(&fates).filter(|(value, fate)| value["eventName"] == **fate).map(|(value, _)| value.clone()).collect();
        let mut layouts = vec![
            whole.to_string(),
            ascii_json(&whole),
            serde_json::to_string_pretty(&whole).unwrap(),
            json!(values).to_string(),
        ];
        if !values.is_empty() {
            layouts.push(values.iter().map(|value| format!("{value}\n")).collect());
            layouts.push(values.iter().map(|value| serde_json::to_string_pretty(value).unwrap()).collect());
        }
        for content in layouts {
            let mut notes = Notes::default();
            prop_assert!(document::read(content.as_bytes(), None, &mut notes).is_continue());
            prop_assert_eq!(notes.outcomes.join(" "), &*expected, "{}", content);
            let seen: Vec<Json> = notes.wanted.iter().map(|bytes| serde_json::from_slice(bytes).unwrap()).collect();
            prop_assert_eq!(&seen, &wanted);
        }
    }

    #[test]
    fn records_in_the_usual_layout_end_where_they_end(lines in prop::collection::vec(hostile_line(), 1..12)) {
        let (lines, fates): (Vec<String>, Vec<&str>) = lines.into_iter().unzip();
        let content = format!(r#"{{"Records":[{}]}}"#, lines.join(","));
        prop_assert!(serde_json::from_str::<Json>(&content).is_ok());
        prop_assert_eq!(outcomes(content.as_bytes()), fates.join(" "), "{}", content);
    }

    #[test]
    fn a_cut_anywhere_loses_only_what_follows(
        records in prop::collection::vec(hostile_record(), 1..6),
        place in any::<prop::sample::Index>(),
    ) {
        let (values, fates): (Vec<Json>, Vec<&str>) = records.into_iter().unzip();
        let content = log(&values).to_string();
        let cut = place.index(content.len());
        let outcomes = outcomes(&content.as_bytes()[..cut]);
        let mut seen: Vec<&str> = outcomes.split(' ').collect();
        let last = seen.pop().unwrap();
        prop_assert!(["cut", "not_json"].contains(&last), "{}", outcomes);
        prop_assert_eq!(&seen[..], &fates[..seen.len()]);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop_oneof![
        any::<u8>(),
        prop::sample::select(b"{}[]\",:\\\n \xff0aN".to_vec()),
    ], 0..400)) {
        outcomes(&bytes);
        outcomes(&[b"{\"Records\":[", &bytes[..]].concat());
        outcomes(&[record("CreateBucket").to_string().as_bytes(), b"\n", &bytes[..]].concat());
    }
}

/// A sink that keeps where each wanted record stands.
#[derive(Default)]
struct Places(Vec<(usize, u64, String)>);

impl Sink for Places {
    fn record(&mut self, raw: RawRecord<'_>, record: Record<'_>) -> ControlFlow<()> {
        assert!(Record::parse(raw.bytes).is_ok());
        self.0.push((raw.file_number, raw.index, record.event_name.into_owned()));
        ControlFlow::Continue(())
    }
}

fn read_all(paths: &[PathBuf], options: &Options<'_>) -> (Tally, Vec<(usize, u64, String)>) {
    let archive = read(paths, options, &is_mutating, Places::default);
    assert!(!archive.stopped);
    let tally = archive.tally;
    assert_eq!(tally.read + tally.skipped.values().sum::<u64>(), tally.records, "{tally:?}");
    let mut places: Vec<_> = archive.sinks.into_iter().flat_map(|sink| sink.0).collect();
    places.sort();
    assert_eq!(tally.read - tally.unwatched, places.len() as u64);
    (tally, places)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_folder_is_read_the_same_by_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let content = log(&[record("CreateA"), record("GetB"), record("CreateC")]).to_string();
    let mut packed = gzip(content.as_bytes());
    fs::write(path("1.json"), &content).unwrap();
    fs::write(path("2.json.gz"), &packed).unwrap();
    fs::write(path("3.json"), &packed).unwrap();
    fs::write(path("4.jsonl.gz"), format!("{}\r\n{}\r\n", record("CreateD"), record("GetE"))).unwrap();
    fs::write(path("5.json"), "").unwrap();
    fs::write(path("7.json.gz"), gzip(&vec![b' '; 200_000])).unwrap();
    fs::write(path("8.json.gz"), [&packed[..], &packed].concat()).unwrap();
    fs::write(path("LICENSE"), "text").unwrap();
    packed.truncate(packed.len() - 12);
    fs::write(path("6.json.gz"), &packed).unwrap();

    let seen = Mutex::new(Vec::new());
    let note = |progress: Progress| seen.lock().unwrap().push((progress.files, progress.bytes, progress.total_bytes));
    let one = Options { threads: 1, max_inflated_bytes: 100_000, max_problems: 3, progress: Some(&note) };
    let (tally, places) = read_all(&[folder.path().to_path_buf()], &one);
    assert_eq!((tally.files, tally.ignored_files), (8, 1));
    let skipped = [(SkipReason::NotJson, 1), (SkipReason::Cut, 1), (SkipReason::TooLarge, 1)];
    assert_eq!(tally.skipped, BTreeMap::from(skipped), "{:?}", tally.problems);
    let names: Vec<_> = places.iter().map(|(file, index, name)| format!("{file}:{index}:{name}")).collect();
    let expected = "0:1:CreateA 0:3:CreateC 1:1:CreateA 1:3:CreateC 2:1:CreateA 2:3:CreateC 3:1:CreateD \
                    7:1:CreateA 7:3:CreateC 7:4:CreateA 7:6:CreateC";
    let salvaged: Vec<_> = names.iter().filter(|name| !name.starts_with("5:")).cloned().collect();
    assert_eq!(salvaged.join(" "), expected);
    assert!(names.len() > salvaged.len(), "nothing was salvaged from the cut file");
    let problems: Vec<_> =
        tally.problems.iter().map(|p| (p.file.file_name().unwrap().to_str().unwrap(), p.reason)).collect();
    let expected =
        [("5.json", SkipReason::NotJson), ("6.json.gz", SkipReason::Cut), ("7.json.gz", SkipReason::TooLarge)];
    assert_eq!((problems.as_slice(), tally.more_problems), (&expected[..], 1));
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    let (files, bytes, total) = seen[seen.len() - 1];
    assert_eq!((files, bytes, seen.len()), (8, total, 8));

    for threads in [0, 2, 3, 20] {
        let options = Options { threads, progress: None, ..one };
        assert_eq!(read_all(&[folder.path().to_path_buf()], &options), (tally.clone(), places.clone()));
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.json");
    let large = folder.path().join("large.json");
    fs::write(&large, vec![b' '; 2000]).unwrap();
    let options = Options { max_inflated_bytes: 1000, ..Options::default() };
    let (tally, _) = read_all(&[missing, large], &options);
    assert_eq!(tally.skipped, BTreeMap::from([(SkipReason::TooLarge, 1), (SkipReason::Unreadable, 1)]));
    assert_eq!((tally.files, tally.problems.len()), (2, 2));
}

#[cfg(unix)]
#[test]
fn file_names_may_be_any_bytes() {
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(std::ffi::OsStr::from_bytes(b"\xff.json"));
    fs::write(&path, record("CreateA").to_string().replace("ada", "\u{fffd}")).unwrap();
    fs::write(folder.path().join("b.json"), b"{\"eventName\":\"\xff\xfe\"}").unwrap();
    let (tally, places) = read_all(&[folder.path().to_path_buf()], &Options::default());
    assert_eq!((tally.records, places.len()), (2, 1));
    assert_eq!(tally.skipped, BTreeMap::from([(SkipReason::NotJson, 1)]));
}

#[test]
fn remembered_answers_are_the_filters_own() {
    let mut memo = Memo::default();
    let names: Vec<String> =
        (0..3_000).map(|n| ["Get", "PutObject", "", "Describe"][n % 4].repeat(n / 4 % 9) + &n.to_string()).collect();
    for name in names.iter().chain(&names).chain(&[String::new()]) {
        assert_eq!(memo.answer(name.as_bytes(), is_mutating), is_mutating(name.as_bytes()), "{name}");
    }
    assert!(memo.answer(b"GetObject", |_| true) && memo.answer(b"GetObject", |_| unreachable!()));
}

#[test]
fn a_sink_can_stop_the_reading() {
    struct Once;
    impl Sink for Once {
        fn record(&mut self, _: RawRecord<'_>, _: Record<'_>) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["1.json", "2.json", "3.json"] {
        fs::write(folder.path().join(name), log(&[record("CreateA"), record("CreateB")]).to_string()).unwrap();
    }
    let options = Options { threads: 1, ..Options::default() };
    let archive = read(&[folder.path().to_path_buf()], &options, &is_mutating, || Once);
    assert!(archive.stopped);
    assert_eq!((archive.tally.files, archive.tally.records), (1, 1));
}

/// Real records collected from public projects; they live outside the repository.
fn corpora() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn a_real_archive_is_read_to_the_last_record() {
    let Some(corpora) = corpora() else { return };
    let (tally, places) = read_all(&[corpora.join("archives/invictus")], &Options::default());
    assert_eq!((tally.files, tally.ignored_files, tally.records), (55, 1, 2900));
    assert_eq!(tally.problems.len(), 1, "{:?}", tally.problems);
    // The same with a parser alone.
    let mut expected = BTreeMap::new();
    for entry in fs::read_dir(corpora.join("archives/invictus/CloudTrail")).unwrap() {
        let content: Json = serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap();
        for record in content["Records"].as_array().unwrap() {
            let name = record["eventName"].as_str().unwrap();
            let fate = if record["managementEvent"] == false {
                "data_event"
            } else if is_mutating(name.as_bytes()) || record["userIdentity"]["type"] == "Root" {
                name
            } else {
                "-"
            };
            *expected.entry(fate.to_owned()).or_insert(0) += 1;
        }
    }
    let mut seen = BTreeMap::from([("-".to_owned(), tally.unwatched)]);
    for (reason, count) in &tally.skipped {
        seen.insert(reason.code().to_owned(), *count);
    }
    for (_, _, name) in places {
        *seen.entry(name).or_insert(0) += 1;
    }
    assert_eq!(seen, expected);
}
