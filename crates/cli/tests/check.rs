//! `trailhound check` as a script and a pipeline meet it: the real program, real files, its exit codes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod program;

use program::run;

/// An SSH port open to the internet, on line 8: critical. A bucket without versioning: no more than high.
const OPEN: &str = "Resources:
  Wall:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: a wall
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}
";

const CLOSED: &str = "Resources:
  Wall:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: a wall
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}
";

const BUCKET: &str = "Resources:
  Store:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration:
        Status: !Ref Wished
";

#[test]
fn text_names_what_fails_with_its_place_and_json_has_every_answer() {
    let said = run(&[("a.yaml", OPEN.as_bytes())], &["check", "a.yaml"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let line = said.out.lines().find(|line| line.contains("(ec2-security-group-ssh-closed)")).unwrap();
    assert!(line.starts_with("a.yaml:8:11: critical Wall: "), "{line}");
    assert!(said.out.lines().last().unwrap().starts_with("a.yaml: 1 resources judged: "), "{}", said.out);
    assert_eq!(said.out, run(&[("a.yaml", OPEN.as_bytes())], &["check", "--format", "text", "a.yaml"]).out);

    let files: &[(&str, &[u8])] = &[("a.yaml", OPEN.as_bytes()), ("b.yaml", BUCKET.as_bytes())];
    let said = run(files, &["check", "--format", "json", "a.yaml", "b.yaml"]);
    assert_eq!(said.code, 1);
    let rows = said.rows();
    for (row, line) in rows.iter().zip(said.out.lines()) {
        let names: Vec<usize> =
            ["file", "resource", "kind", "rule", "verdict", "message", "line", "column", "severity"]
                .iter()
                .map(|name| line.find(&format!("\"{name}\":")).unwrap_or_else(|| panic!("no {name} in {line}")))
                .collect();
        assert!(names.is_sorted(), "the members keep their order: {line}");
        let verdict = row["verdict"].as_str().unwrap();
        assert!(["pass", "fail", "not_applicable", "unknown"].contains(&verdict), "{line}");
        assert_eq!(row["message"] == "", verdict == "pass", "{line}");
        assert_eq!(row.get("evidence").is_some(), verdict == "fail", "{line}");
        assert!(row["line"].as_u64().unwrap() >= 2 && row["column"].as_u64().unwrap() >= 3, "{line}");
    }
    let find = |file: &str, rule: &str| rows.iter().find(|row| row["file"] == file && row["rule"] == rule).unwrap();
    let ssh = find("a.yaml", "ec2-security-group-ssh-closed");
    assert_eq!((&ssh["verdict"], &ssh["line"], &ssh["column"]), (&"fail".into(), &8.into(), &11.into()));
    assert_eq!((&ssh["resource"], &ssh["kind"]), (&"Wall".into(), &"AWS::EC2::SecurityGroup".into()));
    let versioning = find("b.yaml", "s3-bucket-versioning");
    assert_eq!((&versioning["verdict"], &versioning["line"]), (&"unknown".into(), &5.into()));
}

#[test]
fn the_exit_code_says_whether_something_severe_enough_fails() {
    let bucket = BUCKET.replace("!Ref Wished", "Suspended");
    for (text, fail_on, code) in [
        (OPEN, "critical", 1),
        (OPEN, "low", 1),
        (CLOSED, "low", 0),
        (&*bucket, "critical", 0),
        (&*bucket, "medium", 1),
        (BUCKET, "critical", 0),
    ] {
        for format in ["text", "json"] {
            let said =
                run(&[("a.yaml", text.as_bytes())], &["check", "a.yaml", "--fail-on", fail_on, "--format", format]);
            assert_eq!(said.code, code, "{fail_on} {format}\n{}{}\n{text}", said.out, said.err);
        }
    }
    for arguments in [
        &["check"][..],
        &["check", "--fail-on", "grave", "a.yaml"],
        &["check", "--format", "xml", "a.yaml"],
        &["check", "--account", "12", "a.yaml"],
        &["check", "none.yaml"],
    ] {
        let said = run(&[("a.yaml", CLOSED.as_bytes())], arguments);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{arguments:?} {}", said.err);
        assert!(!said.err.is_empty());
    }
}

#[test]
fn explicit_refuses_a_pass_that_rests_on_a_default() {
    let text = b"Resources:\n  Store:\n    Type: AWS::S3::Bucket\n";
    let block = |arguments: &[&str]| {
        let said = run(&[("a.yaml", text)], &[&["check", "a.yaml", "--format", "json"], arguments].concat());
        let row = said.rows().into_iter().find(|row| row["rule"] == "s3-bucket-public-access-block").unwrap();
        (said.code, row["verdict"].clone(), row["message"].as_str().unwrap().to_owned(), row["line"].clone())
    };
    assert_eq!(block(&[]), (0, "pass".into(), String::new(), 2.into()));
    let message = "passes by AWS's default alone: the template does not state `PublicAccessBlockConfiguration`";
    assert_eq!(block(&["--explicit"]), (1, "fail".into(), message.to_owned(), 2.into()));
}

/// What is no template is named with its place, the others are judged, and the exit code says that something was not.
#[test]
fn a_bad_template_is_named_and_the_others_go_on() {
    let deep = |levels: usize| format!("Resources: {}{}", "[".repeat(levels), "]".repeat(levels));
    let (deep, deeper) = (deep(100), deep(100_000));
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nResources: {}\n";
    let huge = format!("{CLOSED}#{}", "x".repeat(1 << 20));
    let cases: &[(&[u8], &str)] = &[
        (b"", "1:1: the template is empty"),
        (b"\n# nothing\n", "the template is empty"),
        (b"just some words\n", "1:1: this is no CloudFormation template: it has no `Resources`"),
        (b"[1, 2]", "1:1: this is no CloudFormation template"),
        (b"AWSTemplateFormatVersion: 2010-09-09\n", "no `Resources`"),
        (b"Resources: [a]\n", "1:1: `Resources` must be a map"),
        (b"Resources:\n", "1:1: `Resources` must be a map"),
        (b"Resources:\n  A: text\n", "2:3: the resource `A` must be a map"),
        (b"Resources:\n  A:\n    Properties: {}\n", "2:3: the resource `A` has no `Type`"),
        (b"Resources:\n  A: {Type: [AWS::S3::Bucket]}\n", "2:3: the resource `A` has no `Type`"),
        (b"Resources:\n  A: {Type: 'AWS::S3::Bucket', Properties: text}\n", "2:32: `Properties` must be a map"),
        (b"Resources:\n  A: {Type: x}\n  A: {Type: x}\n", "3:3: `A` is here a second time"),
        (b"{\"Resources\": {\"A\": {\"Type\": \"x\", \"Type\": \"y\"}}}", "1:35: `Type` is here a second time"),
        (b"Resources:\n\tA: {Type: x}\n", "2:2: tabs disallowed"),
        (b"{\"Resources\": {\"A\": {\"Type\": \"x\"}", "did not find expected ',' or '}'"),
        (b"Resources: {A: {Type: x}}\n---\nResources: {}\n", "2:1: a template is one document"),
        (b"Resources:\n  A: {Type: x\0y}\n", "2:14: there is a NUL byte"),
        (b"Resources:\n  A: {Type: x, Note: \xff\xfe}\n", "2:22: this is no UTF-8 text"),
        (b"\xff\xfeR\0e\0s\0", "1:1: this is no UTF-8 text"),
        (bomb.as_bytes(), "2:8: CloudFormation does not take YAML aliases"),
        (deep.as_bytes(), "1:76: nested more than 64 deep"),
        (deeper.as_bytes(), "recursion limit exceeded"),
        (huge.as_bytes(), "1:1: the template has more than 1048576 bytes"),
    ];
    for (content, says) in cases {
        let shown = String::from_utf8_lossy(&content[..content.len().min(80)]).into_owned();
        let files: &[(&str, &[u8])] = &[("bad.yaml", content), ("good.yaml", OPEN.as_bytes())];
        let said = run(files, &["check", "--format", "json", "bad.yaml", "good.yaml"]);
        assert_eq!(said.code, 2, "{shown}: {}", said.err);
        assert!(said.err.contains("bad.yaml:") && said.err.contains(says), "{shown}: {}", said.err);
        assert!(said.rows().iter().all(|row| row["file"] == "good.yaml") && !said.out.is_empty(), "{shown}");
    }
    let said = run(&[("good.yaml", OPEN.as_bytes())], &["check", "none.yaml", "good.yaml"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("reading none.yaml"), "{}", said.err);
    assert!(said.out.contains("ec2-security-group-ssh-closed"));
}

/// A value of a shape that AWS would refuse is nothing that passes.
#[test]
fn a_value_of_the_wrong_type_never_passes() {
    for (kind, property, rule) in [
        ("AWS::S3::Bucket", "VersioningConfiguration: [Enabled]", "s3-bucket-versioning"),
        ("AWS::S3::Bucket", "PublicAccessBlockConfiguration: yes", "s3-bucket-public-access-block"),
        (
            "AWS::S3::Bucket",
            "PublicAccessBlockConfiguration: {BlockPublicAcls: maybe}",
            "s3-bucket-public-access-block",
        ),
        ("AWS::S3::Bucket", "AccessControl: {a: b}", "s3-bucket-acl-private"),
        ("AWS::EC2::SecurityGroup", "SecurityGroupIngress: {CidrIp: 0.0.0.0/0}", "ec2-security-group-ssh-closed"),
        ("AWS::EC2::SecurityGroup", "SecurityGroupIngress: [0.0.0.0/0]", "ec2-security-group-ssh-closed"),
        (
            "AWS::EC2::SecurityGroup",
            "SecurityGroupIngress: [{IpProtocol: tcp, FromPort: a, ToPort: b, CidrIp: 0.0.0.0/0}]",
            "ec2-security-group-ssh-closed",
        ),
        (
            "AWS::EC2::SecurityGroup",
            "SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: everywhere}]",
            "ec2-security-group-ssh-closed",
        ),
        ("AWS::RDS::DBInstance", "StorageEncrypted: perhaps", "rds-instance-encryption"),
        ("AWS::RDS::DBInstance", "StorageEncrypted: [true]", "rds-instance-encryption"),
        ("AWS::KMS::Key", "EnableKeyRotation: {a: true}", "kms-key-rotation"),
        ("AWS::IAM::Role", "ManagedPolicyArns: arn:aws:iam::aws:policy/AdministratorAccess", "iam-role-admin-free"),
        ("AWS::IAM::Role", "Policies: [text]", "iam-policy-admin-free"),
    ] {
        let text = format!("Resources:\n  It:\n    Type: {kind}\n    Properties:\n      {property}\n");
        let said = run(&[("a.yaml", text.as_bytes())], &["check", "--format", "json", "a.yaml"]);
        let rows = said.rows();
        let row = rows.iter().find(|row| row["rule"] == rule).unwrap_or_else(|| panic!("no {rule}: {}", said.err));
        assert!(row["verdict"] == "unknown" || row["verdict"] == "fail", "{row}\n{text}");
        assert_eq!(row["line"], 5, "{row}");
    }
}

#[test]
fn what_is_not_judged_is_said_with_its_line() {
    let text = "Resources:
  One: {Type: 'AWS::Nowhere::Thing'}
  Two: {Type: 'AWS::Nowhere::Thing'}
  Own: {Type: 'Custom::Thing'}
  Fn::ForEach::Many: [Name, [a, b], {'${Name}': {Type: 'AWS::S3::Bucket'}}]
";
    let said = run(&[("a.yaml", text.as_bytes())], &["check", "a.yaml"]);
    assert_eq!(said.code, 0);
    for line in [
        "not judged: a.yaml:2: AWS::Nowhere::Thing and 1 more: no rule judges its type",
        "not judged: a.yaml:4: Custom::Thing: no rule judges its type",
        "not judged: a.yaml:5: Fn::ForEach::Many: a macro makes it at deployment",
    ] {
        assert!(said.err.lines().any(|said| said == line), "{line}\n{}", said.err);
    }
    assert!(said.out.contains("0 resources judged"), "{}", said.out);
}

/// Names in a template are anybody's text.
#[test]
fn nothing_in_a_template_commands_the_terminal() {
    let both = OPEN.replace("Wall", "\"W\\e[31mall\"") + "  V: {Type: \"AWS::\\e[2J\"}\n";
    let said = run(&[("a\u{1b}[1m.yaml", both.as_bytes())], &["check", "a\u{1b}[1m.yaml"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("not judged"), "{}", said.err);
    assert!(!said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'), "{:?} {:?}", said.out, said.err);
}

#[test]
fn the_stacks_of_the_pipeline_pass_their_own_rules() {
    let infra = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra");
    let files = ["pipeline.yaml", "member.yaml"].map(|name| infra.join(name).display().to_string());
    let ran = run(&[], &["check", "--format", "json", "--fail-on", "high", &files[0], &files[1]]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("AWS::DynamoDB::Table"), "{}", ran.out);
}

#[test]
fn a_folder_stands_for_the_templates_in_it() {
    let files: &[(&str, &[u8])] = &[
        ("stacks/b/closed.yml", CLOSED.as_bytes()),
        ("stacks/a.template", OPEN.as_bytes()),
        ("stacks/policy.json", br#"{"Statement": [{"Resource": "*"}]}"#),
        ("stacks/notes.txt", OPEN.as_bytes()),
        ("stacks/.old/open.yaml", OPEN.as_bytes()),
    ];
    let said = run(files, &["check", "stacks"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let judged: Vec<&str> =
        said.out.lines().filter_map(|line| line.split_once(": 1 resources")).map(|(a, _)| a).collect();
    assert_eq!(judged, ["stacks/a.template", "stacks/b/closed.yml"]);
    assert!(said.err.contains("stacks/policy.json: no template"), "{}", said.err);
    assert!(!said.err.contains("notes.txt") && !said.err.contains(".old"), "{}", said.err);

    let said = run(&[("empty/policy.json", b"{}")], &["check", "empty"]);
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(said.err.contains("there is no template here"), "{}", said.err);

    let files: &[(&str, &[u8])] = &[("s/cut.json", br#"{"Resources": {"#), ("s/ok.yaml", CLOSED.as_bytes())];
    let said = run(files, &["check", "s"]);
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(
        said.err.contains("s/cut.json:2:1") && said.out.contains("s/ok.yaml: 1 resources"),
        "{} {}",
        said.err,
        said.out
    );
}
