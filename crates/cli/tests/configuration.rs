//! One settings file for `check` and `replay`: what it changes, and how its faults are named, by the real program.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod program;

use std::fs;
use std::path::Path;

use program::{run, run_in};
use serde_json::Value;

const STACK: &str = "Resources:
  Wall:
    Type: AWS::EC2::SecurityGroup
    Properties:
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 8443, ToPort: 8443, CidrIp: 0.0.0.0/0}
        - {IpProtocol: udp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}
        - {IpProtocol: tcp, FromPort: 8080, ToPort: 8080, CidrIp: 0.0.0.0/0}
  Ops:
    Type: AWS::IAM::Role
    Properties:
      RoleName: break-glass
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {AWS: 'arn:aws:iam::444455556666:root'}, Action: 'sts:AssumeRole'}]
  Dev:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: ['arn:aws:iam::111122223333:policy/everything']
      AssumeRolePolicyDocument: {Statement: []}
  Store: {Type: 'AWS::S3::Bucket'}
  Network: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}
  Zone: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Network, CidrBlock: 10.0.0.0/24}}
  Host: {Type: 'AWS::EC2::Instance', Properties: {SubnetId: !Ref Zone, ImageId: ami-1}}
  Watch: {Type: 'AWS::GuardDuty::Detector', Properties: {Enable: true}}
";

/// The verdict of a rule on a resource with a settings file; `None` where the rule does not judge.
fn verdict(config: &str, account: bool, resource: &str, rule: &str) -> Option<String> {
    let files: &[(&str, &[u8])] = &[("stack.yaml", STACK.as_bytes()), ("own.toml", config.as_bytes())];
    let account: &[&str] = if account { &["--account", "111122223333"] } else { &[] };
    let said = run(files, &[&["check", "stack.yaml", "--format", "json", "--config", "own.toml"], account].concat());
    assert_ne!(said.code, 2, "{}", said.err);
    let rows = said.rows();
    let row = rows.iter().find(|row| row["resource"] == resource && row["rule"] == rule)?;
    Some(row["verdict"].as_str().unwrap().to_owned())
}

#[test]
fn every_list_changes_what_a_template_is_judged_by() {
    for (config, resource, rule, without, with) in [
        (
            "authorised_tcp_ports = [8443]\nauthorised_udp_ports = [443]\n",
            "Wall",
            "ec2-security-group-other-ports-closed",
            Some("fail"),
            Some("pass"),
        ),
        ("high_risk_ports = [23]\n", "Wall", "ec2-security-group-high-risk-ports-closed", Some("fail"), Some("pass")),
        ("trusted_accounts = [\"444455556666\"]\n", "Ops", "iam-role-trust-external-id", Some("fail"), Some("pass")),
        (
            "administrator_roles = [\"break-glass\"]\n",
            "Ops",
            "iam-role-admin-free",
            Some("fail"),
            Some("not_applicable"),
        ),
        (
            "administrator_policies = [\"arn:aws:iam::111122223333:policy/everything\"]\n",
            "Dev",
            "iam-role-admin-free",
            Some("pass"),
            Some("fail"),
        ),
        ("endpoint_services = []\n", "Network", "ec2-vpc-service-endpoints", Some("fail"), Some("pass")),
        (
            "detector_features = [\"RUNTIME_MONITORING\"]\n",
            "Watch",
            "guardduty-detector-features",
            Some("pass"),
            Some("fail"),
        ),
        ("switched_off = [\"s3-bucket-versioning\"]\n", "Store", "s3-bucket-versioning", Some("fail"), None),
        ("switched_on = [\"s3-bucket-mfa-delete\"]\n", "Store", "s3-bucket-mfa-delete", None, Some("fail")),
    ] {
        assert_eq!(verdict("", true, resource, rule).as_deref(), without, "{rule} without {config}");
        assert_eq!(verdict(config, true, resource, rule).as_deref(), with, "{rule} with {config}");
    }
}

/// Who is a third party depends on whose template it is.
#[test]
fn without_an_account_no_stranger_is_told_from_the_owner() {
    let rule = "iam-role-trust-external-id";
    assert_eq!(verdict("", false, "Ops", rule).as_deref(), Some("unknown"));
    assert_eq!(verdict("trusted_accounts = [\"444455556666\"]\n", false, "Ops", rule).as_deref(), Some("pass"));
    assert_eq!(verdict("trusted_accounts = [\"777788889999\"]\n", true, "Ops", rule).as_deref(), Some("fail"));
}

/// The same file, the same faults, in both ways to run; nothing is printed or stored before it is found good.
#[test]
fn a_fault_is_named_with_its_place_before_anything_is_done() {
    for (config, says) in [
        (&b"authorised_tcp_port = [22]\n"[..], "own.toml:1:1: unknown field `authorised_tcp_port`"),
        (b"# ports\nauthorised_tcp_ports = [22, 65536]\n", "own.toml:2:29: "),
        (b"authorised_tcp_ports = \"all\"\n", "own.toml:1:24: invalid type: string \"all\""),
        (
            b"trusted_accounts = [\n  \"111122223333\",\n  \"11112222\",\n]\n",
            "own.toml:3:3: `11112222` is not an account id",
        ),
        (b"trusted_accounts = [111122223333]\n", "own.toml:1:21: "),
        (
            b"switched_off = [\"s3-bucket-versionning\"]\n",
            "own.toml:1:17: there is no rule `s3-bucket-versionning`; did you mean",
        ),
        (
            b"switched_on = [\"s3-bucket-mfa-delete\"]\nswitched_off = [\"s3-bucket-mfa-delete\"]\n",
            "own.toml:2:17: `s3-bucket-mfa-delete` is switched both on and off",
        ),
        (b"switched_off = [\n", "own.toml:"),
        (b"switched_off = []\nswitched_off = []\n", "own.toml:2:1: "),
        (b"\xff\xfe", "reading own.toml"),
        (b"a = 1\0", "own.toml:1:"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("own.toml"), config).unwrap();
        fs::write(folder.path().join("stack.yaml"), STACK).unwrap();
        for arguments in
            [&["check", "stack.yaml", "--config", "own.toml"][..], &["replay", ".", "--config", "own.toml"]]
        {
            let said = run_in(folder.path(), arguments);
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{says} {}", said.err);
            assert!(said.err.starts_with("error: ") && said.err.contains(says), "{says}\n{}", said.err);
            assert_eq!(said.err.lines().count(), 1, "{}", said.err);
        }
        assert!(!folder.path().join("trailhound.db").exists(), "no store is made");
    }
}

#[test]
fn the_same_lists_change_what_a_replay_finds() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").canonicalize().unwrap();
    let findings = |config: &str| -> Vec<Value> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("own.toml"), config).unwrap();
        let said = run_in(folder.path(), &["replay", samples.to_str().unwrap(), "--config", "own.toml"]);
        assert_eq!(said.code, 0, "{}", said.err);
        run_in(folder.path(), &["findings", "--format", "json"]).rows()
    };
    let plain = findings("");
    let of = |findings: &[Value], rule: &str| findings.iter().filter(|finding| finding["rule"] == rule).count();
    for (config, rule, more) in [
        ("trusted_accounts = [\"444455556666\"]\n", "iam-role-trust-external-id", false),
        ("high_risk_ports = [23]\n", "ec2-security-group-high-risk-ports-closed", false),
        ("switched_off = [\"s3-bucket-kms-encryption\"]\n", "s3-bucket-kms-encryption", false),
        ("switched_on = [\"s3-bucket-mfa-delete\"]\n", "s3-bucket-mfa-delete", true),
    ] {
        let (before, after) = (of(&plain, rule), of(&findings(config), rule));
        assert!(if more { before == 0 && after > 0 } else { after < before }, "{config}: {before}, then {after}");
    }
}
