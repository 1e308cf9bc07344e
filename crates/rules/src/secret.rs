//! Secrets in text: user data, scripts, configuration files.
//!
//! What makes a single value look like a secret is [`detect`]; here it is asked of every line of a text, after undoing
//! the base64 and gzip in which user data travels. What comes out names lines, variables and detectors, never values.

use std::borrow::Cow;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use trailhound_model::{Entries, Evidence, Secret, SecretLooking, Text, Value, Why};

pub use trailhound_model::secret::{Detector, detect, is_secret_name, known_format};

/// The most text that is looked at after unpacking, in bytes. User data has at most 16 KB before it is packed.
const TEXT_MAX: usize = 1 << 20;
/// The most findings that are listed of one text.
const FOUND_MAX: usize = 100;
/// How often parts inside user data are unpacked: a part of a multi-part message, and a file in a part.
const DEPTH_MAX: usize = 2;
/// The longest name of a variable.
const NAME_MAX: usize = 64;
/// How far into a line assignments are looked for, and how far into a value, in bytes. Known formats are looked for in
/// all of a line.
const LINE_MAX: usize = 16 << 10;
const VALUE_MAX: usize = 1 << 10;

/// One entry per variable or parameter that looks like a secret.
///
/// # Errors
/// Why unseen ones might.
pub(crate) fn named(entries: &Entries<'_, SecretLooking>) -> Result<Vec<Evidence>, Why> {
    let found =
        entries.seen().map(|(key, secret)| Evidence::new(key, format!("looks like a secret: {}", secret.detector)));
    entries.settle(found.collect())
}

/// A secret-looking line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The line, from 1; of a packed part, the line where the part begins.
    pub line: usize,
    /// The variable that holds it, where the line has one.
    pub name: Option<Text>,
    /// How it was recognised.
    pub detector: Detector,
}

impl Found {
    /// What names it while the text around it changes: the variable, or else the detector.
    #[must_use]
    pub fn key(&self) -> &str {
        self.name.as_deref().unwrap_or(self.detector.name())
    }
}

/// What a text holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The secret-looking lines, in order.
    pub found: Vec<Found>,
    /// Why not all of the text was looked at.
    pub cut: Option<&'static str>,
}

impl Scan {
    /// One entry per variable or detector.
    #[must_use]
    pub fn evidence(&self) -> Vec<Evidence> {
        let entry = |found: &Found| Evidence::new(found.key(), format!("line {}: {}", found.line, found.detector));
        let mut entries: Vec<Evidence> = self.found.iter().map(entry).collect();
        // The first line of each is the one that is shown.
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        entries.dedup_by(|later, first| later.key == first.key);
        entries
    }
}

/// Looks through a text line by line.
#[must_use]
pub fn scan_text(text: &Secret<'_>) -> Scan {
    let mut scan = Scan::default();
    lines(text.expose(), None, 0, &mut scan);
    scan
}

/// Looks through user data: base64, perhaps gzip, perhaps a multi-part message with parts packed the same way; or the
/// plain text, as templates have it.
#[must_use]
pub fn scan_user_data(raw: &Secret<'_>) -> Scan {
    let mut scan = Scan::default();
    match unpack(raw.expose(), &mut scan) {
        Some(text) => lines(&text, None, DEPTH_MAX, &mut scan),
        None => lines(raw.expose(), None, DEPTH_MAX, &mut scan),
    }
    scan
}

/// What of user data looks like a secret, as entries of a keyed facet, and why there may be more. The text goes no further.
#[must_use]
pub fn signs_in_user_data(raw: &Secret<'_>) -> (Vec<(Text, Value)>, Option<Why>) {
    let scan = scan_user_data(raw);
    let sign = |found: &Found| {
        let entry = Value::map([("Name", Some(found.key().into())), ("Detector", Some(found.detector.name().into()))]);
        (found.key().into(), entry)
    };
    (scan.found.iter().map(sign).collect(), scan.cut.map(|cut| Why::NotUnderstood(cut.into())))
}

/// The text inside base64, unless it is no base64 or what it packs is neither text nor gzip.
fn unpack(packed: &str, scan: &mut Scan) -> Option<String> {
    let dense: Cow<'_, str> = if packed.contains(|c: char| c.is_ascii_whitespace()) {
        packed.split_ascii_whitespace().collect::<String>().into()
    } else {
        packed.into()
    };
    let bytes = STANDARD.decode(dense.as_bytes()).ok().filter(|bytes| !bytes.is_empty())?;
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return String::from_utf8(bytes).ok();
    }
    let mut text = Vec::new();
    let limit = u64::try_from(TEXT_MAX).unwrap_or(u64::MAX);
    match GzDecoder::new(&*bytes).take(limit + 1).read_to_end(&mut text) {
        Ok(length) if length > TEXT_MAX => scan.cut = Some("it unpacks to more than a megabyte"),
        Ok(_) => {}
        Err(_) => scan.cut = Some("its gzip is damaged"),
    }
    text.truncate(TEXT_MAX);
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// Looks through lines. Parts in base64 are unpacked so many times; what is found in one stands on the line it begins at.
fn lines(text: &str, part: Option<usize>, unpacking: usize, scan: &mut Scan) {
    if text.len() > TEXT_MAX {
        scan.cut = Some("it is longer than a megabyte");
    }
    let text = start(text, TEXT_MAX);
    let mut block = String::new();
    let mut block_line = 0;
    for (at, line) in text.lines().chain([""]).enumerate() {
        let number = part.unwrap_or(at + 1);
        if unpacking > 0 && is_packed_line(line) {
            if block.is_empty() {
                block_line = number;
            }
            block.push_str(line.trim());
        } else if !block.is_empty() {
            if let Some(inner) = unpack(&block, scan) {
                lines(&inner, Some(block_line), unpacking - 1, scan);
            }
            block.clear();
        }
        for (name, detector) in secrets_of(line) {
            if scan.found.len() >= FOUND_MAX {
                scan.cut = Some("it holds more than a hundred");
                return;
            }
            scan.found.push(Found { line: number, name, detector });
        }
    }
}

/// A line of nothing but base64, as long as lines of packed parts are or as their last line may be.
fn is_packed_line(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 16
        && !line.contains("://")
        && line.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
}

/// What one line holds: its assignments to secret-looking variables, or else a known format.
fn secrets_of(line: &str) -> Vec<(Option<Text>, Detector)> {
    let mut found: Vec<(Option<Text>, Detector)> = Vec::new();
    for (name, value) in assignments(line) {
        if let Some(detector) = detect(name, &Secret::new(value)) {
            let shown = known_format(&Secret::new(name)).is_none().then(|| name.into());
            found.push((shown, detector));
        }
    }
    if found.is_empty() {
        found.extend(known_format(&Secret::new(line)).map(|detector| (None, detector)));
    }
    found
}

/// The pairs of a line: `NAME=value`, `name: value`, `"name": "value"`, `--name value`.
fn assignments(line: &str) -> Vec<(&str, &str)> {
    let line = start(line, LINE_MAX);
    let mut pairs = Vec::new();
    for (at, sign) in line.char_indices().filter(|(_, c)| matches!(c, '=' | ':')) {
        let (Some(before), Some(after)) = (line.get(..at), line.get(at + 1..)) else { continue };
        // `==`, `!=`, `:=`, `=>` and the `://` of a URL assign nothing; in YAML and JSON a space or quote follows.
        let compares = after.starts_with(['=', '~', '>']) || before.ends_with(['=', '!', '<', '>']);
        let wide = after.is_empty() || after.starts_with([' ', '\t', '"', '\'']);
        if !compares && (sign == '=' || wide) {
            pairs.extend(name_at_end(before).map(|name| (name, value_at_start(after))));
        }
    }
    for (at, _) in line.match_indices("--") {
        let Some(option) = line.get(at + 2..).map(|option| start(option, VALUE_MAX)) else { continue };
        let end = option.find(|c: char| !is_name(c)).unwrap_or(option.len());
        if let (Some(name), Some(rest)) = (option.get(..end), option.get(end..))
            && rest.starts_with([' ', '\t'])
            && !rest.trim_start().starts_with('-')
        {
            pairs.push((name, value_at_start(rest)));
        }
    }
    pairs
}

const fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// The name a text ends with, quoted or not.
fn name_at_end(text: &str) -> Option<&str> {
    let text = text.trim_end().trim_end_matches(['"', '\'', ']']);
    let letters = text.char_indices().rev().take_while(|(_, c)| is_name(*c)).take(NAME_MAX + 1);
    let name = text.get(letters.last().map(|(at, _)| at)?..)?.trim_matches('-');
    (1..=NAME_MAX).contains(&name.len()).then_some(name)
}

/// The value a text begins with: what the quotes hold, or a command in `$( )`, or all up to a space or a separator.
fn value_at_start(text: &str) -> &str {
    let text = start(text.trim_start(), VALUE_MAX);
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    if text.starts_with("$(") || text.starts_with("${") || text.starts_with('`') || text.starts_with("{{") {
        // Whatever it evaluates to is not in the text.
        return "${}";
    }
    text.split([' ', '\t', ';', ',', '&', '|', ')', '}', '"', '\'']).next().unwrap_or(text)
}

/// At most so many bytes of a text.
fn start(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn scan(text: &str) -> String {
        words(&scan_text(&Secret::new(text)))
    }

    fn words(scan: &Scan) -> String {
        let one = |found: &Found| format!("{}:{}:{}", found.line, found.name.as_deref().unwrap_or("-"), found.detector);
        scan.found.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    const SCRIPT: &str = "#!/bin/bash\nset -e\nexport DB_PASSWORD=hunter2\necho done\n";

    #[test]
    fn lines_that_assign() {
        for (text, expected) in [
            ("export DB_PASSWORD=hunter2", "1:DB_PASSWORD:secret_name"),
            ("DB_PASSWORD='hunter 2' ./run", "1:DB_PASSWORD:secret_name"),
            ("password: hunter2", "1:password:secret_name"),
            ("  \"apiKey\" : \"hunter2\",", "1:apiKey:secret_name"),
            ("os.environ[\"API_TOKEN\"] = \"hunter2\"", "1:API_TOKEN:secret_name"),
            ("mysql --user app --password hunter2 db", "1:password:secret_name"),
            ("mysql --password=hunter2", "1:password:secret_name"),
            ("a=1;DB_PWD=hunter2;c=3", "1:DB_PWD:secret_name"),
            ("A_TOKEN=aaaa B_TOKEN=bbbb", "1:A_TOKEN:secret_name 1:B_TOKEN:secret_name"),
            ("x\n\nSECRET=hunter2\n", "3:SECRET:secret_name"),
            ("url = postgres://app:hunter2@db/app", "1:url:url_password"),
            ("curl https://app:hunter2@example.com/", "1:-:url_password"),
            ("-----BEGIN RSA PRIVATE KEY-----", "1:-:private_key"),
            ("key:\nAKIAIOSFODNN7EXAMPLE\n", "2:-:aws_access_key"),
            // The fix is not the fault.
            ("DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db --query SecretString)", ""),
            ("DB_PASSWORD=`cat /run/secrets/db`", ""),
            ("export DB_PASSWORD=\"${DB_PASSWORD}\"", ""),
            ("password: {{ vault_password }}", ""),
            ("--password-file /run/secrets/db", ""),
            ("--password --user app", ""),
            ("if [ \"$PASSWORD\" == \"hunter2\" ]; then", ""),
            ("DB_PASSWORD=", ""),
            ("MYSQL_ALLOW_EMPTY_PASSWORD=yes", ""),
            ("# a password: never", "1:password:secret_name"),
            ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 someone@example.com", ""),
            ("12:34:56 token refreshed", ""),
            ("", ""),
        ] {
            assert_eq!(scan(text), expected, "{text}");
        }
    }

    #[test]
    fn user_data_is_unpacked() {
        let expected = "3:DB_PASSWORD:secret_name";
        let user_data = |text: &str| words(&scan_user_data(&Secret::new(text)));
        assert_eq!(user_data(SCRIPT), expected);
        assert_eq!(user_data(&STANDARD.encode(SCRIPT)), expected);
        assert_eq!(user_data(&STANDARD.encode(gzip(SCRIPT))), expected);
        // As it is stored in files: in lines of 76.
        let packed = STANDARD.encode(gzip(SCRIPT));
        let wrapped: Vec<&str> = packed.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        assert_eq!(user_data(&wrapped.join("\n")), expected);
        // A multi-part message whose parts are packed.
        let message = format!(
            "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Transfer-Encoding: base64\n\n{}\n--b--\n",
            wrapped.join("\n")
        );
        assert_eq!(user_data(&STANDARD.encode(message)), "6:DB_PASSWORD:secret_name");
        assert_eq!(user_data("AKIAIOSFODNN7EXAMPLE\n"), "1:-:aws_access_key");
        assert_eq!(user_data("nothing of note"), "");
        assert_eq!(user_data("////"), "");
    }

    #[test]
    fn what_is_left_out_is_said() {
        let big = "a\n".repeat(TEXT_MAX);
        let cut = |raw: &str| scan_user_data(&Secret::new(raw)).cut;
        assert_eq!(cut(&STANDARD.encode(gzip(&big))), Some("it unpacks to more than a megabyte"));
        assert_eq!(cut(&big), Some("it is longer than a megabyte"));
        let mut damaged = gzip(SCRIPT);
        damaged.truncate(20);
        assert_eq!(cut(&STANDARD.encode(damaged)), Some("its gzip is damaged"));
        let many = "A_TOKEN=aaaa\n".repeat(FOUND_MAX + 1);
        let scan = scan_text(&Secret::new(&many));
        assert_eq!((scan.found.len(), scan.cut), (FOUND_MAX, Some("it holds more than a hundred")));
        assert_eq!(cut(SCRIPT), None);
    }

    #[test]
    fn entries_are_per_variable_and_keep_their_keys_when_lines_move() {
        let before = scan_text(&Secret::new("A_TOKEN=aaaa\nB_TOKEN=bbbb\nA_TOKEN=cccc")).evidence();
        let after = scan_text(&Secret::new("# new\nB_TOKEN=bbbb\nA_TOKEN=aaaa")).evidence();
        let keys = |entries: &[Evidence]| entries.iter().map(|entry| entry.key.clone()).collect::<Vec<_>>();
        assert_eq!(keys(&before), keys(&after));
        assert_eq!(&*before[0].detail, "line 1: secret_name");
    }

    proptest! {
        #[test]
        fn no_value_ever_comes_out(value in "[a-zA-Z0-9]{12,40}", before in "[a-z ]{0,10}") {
            for text in [
                format!("{before}DB_PASSWORD={value}"),
                format!("{before} --token {value}"),
                format!("{before} https://user:{value}@example.com"),
                STANDARD.encode(format!("secret: \"{value}\"\n")),
            ] {
                let scan = scan_user_data(&Secret::new(&text));
                prop_assert_eq!(scan.found.len(), 1, "{}", text);
                let shown = format!("{scan:?} {:?}", scan.evidence());
                prop_assert!(!shown.contains(&value), "{}", shown);
            }
        }

        #[test]
        fn hostile_text_never_panics(text in "[\\PC\n=:\"'-]{0,200}") {
            let scan = scan_user_data(&Secret::new(&text));
            prop_assert!(scan.found.len() <= FOUND_MAX);
        }
    }
}
