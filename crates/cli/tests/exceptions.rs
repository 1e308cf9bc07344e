//! Exceptions as their owners meet them: the real program, a file of exceptions, and what it says about each.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod program;

use std::fs;
use std::path::Path;

use program::{Said, run, run_in};
use serde_json::Value;

const STACK: &str = "Resources:
  Wall:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: a wall
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 203.0.113.0/24}
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}
";

const SSH: &str = "ec2-security-group-ssh-closed";

/// An exception for the open port, with more lines.
fn exception(more: &str) -> String {
    let known =
        "rule = \"ec2-security-group-ssh-closed\"\nresource = \"Wall\"\nowner = \"platform\"\nreason = \"a bastion\"";
    let expires = if more.contains("expires") { "" } else { "expires = 2999-12-31\n" };
    format!("[[exception]]\n{known}\n{expires}{more}\n")
}

fn check(stack: &str, exceptions: &str, format: &str) -> Said {
    let files: &[(&str, &[u8])] = &[("stack.yaml", stack.as_bytes()), ("accepted.toml", exceptions.as_bytes())];
    run(files, &["check", "stack.yaml", "--fail-on", "critical", "--exceptions", "accepted.toml", "--format", format])
}

fn ssh(said: &Said) -> Value {
    said.rows().into_iter().find(|row| row["rule"] == SSH).unwrap()
}

#[test]
fn an_accepted_failure_is_shown_and_does_not_count() {
    assert_eq!(check(STACK, "", "json").code, 1);
    let said = check(STACK, &exception(""), "json");
    assert_eq!(said.code, 0, "{}", said.err);
    let row = ssh(&said);
    assert_eq!(row["verdict"], "fail");
    let accepted = serde_json::json!({"owner": "platform", "reason": "a bastion", "expires": "2999-12-31"});
    assert_eq!(row["excepted"], accepted);
    // It says how to bind the exception to the values, and doing so holds.
    let print = row["fingerprint"].as_str().unwrap();
    let line = format!("fingerprint = \"{print}\"");
    assert!(said.err.contains(&line) && said.err.contains("exception: accepted.toml:1: "), "{}", said.err);
    let bound = check(STACK, &exception(&line), "json");
    assert_eq!((bound.code, bound.err.as_str()), (0, ""));

    let text = check(STACK, &exception(&line), "text");
    assert!(text.out.contains(": accepted by platform until 2999-12-31: a bastion"), "{}", text.out);
    assert!(text.out.contains(" answers fail and 1 more are accepted, "), "{}", text.out);

    let log = &check(STACK, &exception(&line), "sarif").rows()[0];
    let results = log["runs"][0]["results"].as_array().unwrap();
    for result in results {
        let suppressions = result["suppressions"].as_array().unwrap();
        assert_eq!(suppressions.len(), usize::from(result["ruleId"] == SSH), "{result}");
        if let Some(suppression) = suppressions.first() {
            let expected = serde_json::json!({"kind": "external", "status": "accepted",
                "justification": "accepted by platform until 2999-12-31: a bastion"});
            assert_eq!(suppression, &expected);
        }
    }
}

#[test]
fn what_was_not_accepted_counts_again_and_it_is_said_why() {
    let print = ssh(&check(STACK, "", "json"))["fingerprint"].as_str().unwrap().to_owned();
    let bound = exception(&format!("entries = [\"tcp 22 0.0.0.0/0\"]\nfingerprint = \"{print}\""));
    // Another group rule beside the accepted one changes nothing; a second open one does.
    let beside = format!("{STACK}        - {{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}}\n");
    let wider = format!("{STACK}        - {{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIpv6: '::/0'}}\n");
    let moved = STACK.replace("Properties:\n", "Properties:\n      GroupName: other\n");
    let changed = STACK.replace("ToPort: 22, CidrIp: 0.0", "ToPort: 23, CidrIp: 0.0");
    for (stack, exceptions, code, says) in [
        (STACK, &bound, 0, ""),
        (&beside, &bound, 0, ""),
        (&moved, &bound, 0, ""),
        (&wider, &bound, 1, "Wall: it does not name the entries `tcp 22 ::/0`"),
        (&changed, &bound, 1, "it concerns no finding"),
        (&changed, &exception(&format!("fingerprint = \"{print}\"")), 1, "the accepted values have changed"),
        (STACK, &exception("expires = 2026-01-31"), 1, "it expired after 2026-01-31: the finding counts again"),
        (STACK, &exception("account = \"111122223333\""), 1, "it concerns no finding: remove it"),
        (STACK, &bound.replace("\"Wall\"", "\"Wal\""), 1, "it concerns no finding: remove it"),
        (STACK, &bound.replace("\"Wall\"", "\"Wa*\""), 0, ""),
    ] {
        let said = check(stack, exceptions, "json");
        assert_eq!(said.code, code, "{says}: {}\n{exceptions}{stack}", said.err);
        assert!(said.err.contains(says) && says.is_empty() == said.err.is_empty(), "{says}: {}", said.err);
        assert_eq!(ssh(&said).get("excepted").is_some(), code == 0, "{says}");
        if code == 1 {
            assert!(said.err.contains("accepted.toml:1: ec2-security-group-ssh-closed on "), "{}", said.err);
            assert!(said.err.contains("(owner: platform)"), "{}", said.err);
        }
    }
}

#[test]
fn a_faulty_file_is_refused_with_every_fault_and_its_place() {
    let text =
        exception("").replace("owner = \"platform\"\n", "").replace("ssh-closed", "ssh-shut") + &exception("wrong = 1");
    let said = check(STACK, &text, "json");
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("accepted.toml:13:1: unknown field `wrong`"), "{}", said.err);
    let said = check(STACK, &text.replace("wrong = 1", "account = \"1\""), "json");
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    for fault in [
        "error: accepted.toml:1:1: the exception has no `owner`",
        "error: accepted.toml:2:8: there is no rule `ec2-security-group-ssh-shut`; did you mean",
        "error: accepted.toml:13:11: `1` is not an account id",
    ] {
        assert!(said.err.contains(fault), "{fault}\n{}", said.err);
    }
    let said = run(&[("stack.yaml", STACK.as_bytes())], &["check", "stack.yaml", "--exceptions", "none.toml"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("reading none.toml"), "{}", said.err);
}

/// In a log the finding stays open, and lists and reports say who accepts it.
#[test]
fn a_finding_in_a_log_is_accepted_by_id_or_arn() {
    let folder = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").canonicalize().unwrap();
    let replay = |more: &[&str]| {
        let said = run_in(folder.path(), &[&["replay", samples.to_str().unwrap(), "--format", "json"], more].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        (said.rows().remove(0), said.err)
    };
    let (plain, _) = replay(&[]);
    assert!(plain.get("excepted").is_none());
    let open = run_in(folder.path(), &["findings", "--status", "open", "--format", "json"]).rows();
    let finding = open.iter().find(|finding| finding["arn"].is_string()).unwrap();
    let accept = |resource: &Value, more: &str| {
        let text = exception(more)
            .replace("ec2-security-group-ssh-closed", finding["rule"].as_str().unwrap())
            .replace("Wall", resource.as_str().unwrap());
        fs::write(folder.path().join("accepted.toml"), text).unwrap();
    };
    let with = ["--exceptions", "accepted.toml"];
    for name in ["resource", "arn"] {
        accept(&finding[name], "");
        let (summary, err) = replay(&with);
        assert_eq!(summary["excepted"], 1, "{name}: {err}");
        assert_eq!(summary["findings"], plain["findings"], "it stays open");
    }
    let print = replay(&with).1.split("fingerprint = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    accept(
        &finding["arn"],
        &format!("fingerprint = \"{print}\"\naccount = \"{}\"", finding["account"].as_str().unwrap()),
    );
    assert!(!replay(&with).1.contains("exception:"), "nothing is left to say");

    let list = |arguments: &[&str]| run_in(folder.path(), &[arguments, &with].concat());
    let rows = list(&["findings", "--format", "json"]).rows();
    let accepted: Vec<&Value> = rows.iter().filter(|row| row["excepted"].is_string()).collect();
    assert_eq!(accepted.len(), 1);
    assert_eq!((&accepted[0]["rule"], &accepted[0]["status"]), (&finding["rule"], &"open".into()));
    assert_eq!(accepted[0]["excepted"], "accepted by platform until 2999-12-31: a bastion");
    for format in ["markdown", "csv", "html"] {
        let said = list(&["report", "--format", format, "--output", "report.out"]);
        assert_eq!(said.code, 0, "{}", said.err);
        let report = fs::read_to_string(folder.path().join("report.out")).unwrap();
        assert!(report.contains("platform until 2999") && report.contains("a bastion"), "{format}");
    }
    // Without the file, and once it has expired, it is as open as any other.
    assert!(
        run_in(folder.path(), &["findings", "--format", "json"]).rows().iter().all(|row| row["excepted"].is_null())
    );
    accept(&finding["arn"], "expires = 2026-01-31");
    let (summary, err) = replay(&with);
    assert_eq!(summary["excepted"], 0);
    assert!(err.contains("it expired after 2026-01-31: the finding counts again"), "{err}");
    let report = list(&["report", "--format", "json"]).rows();
    assert!(report.iter().all(|row| row["excepted"].is_null()));
}
