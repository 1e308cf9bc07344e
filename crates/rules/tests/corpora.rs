//! The analyses against other tools' published verdicts and AWS's own policies, where a copy of them lies beside the
//! repository. Every difference has its reason in `tests/accuracy/decisions.toml`; a difference without one fails, and so
//! does a reason without a difference.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a test that has nothing to read says so")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use trailhound_model::{Map, Value};
use trailhound_rules::network::{Direction, Group, GroupRule, PrefixList, network};
use trailhound_rules::policy::{Flavour, Keys, Parties, Pattern, Policy, Principal};

/// The text of a corpus file, unpacked; none where the corpora are not there.
fn corpus(path: &str) -> Option<String> {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora").join(path);
    let Ok(bytes) = std::fs::read(&full) else {
        eprintln!("skipped: {} is not there", full.display());
        return None;
    };
    let mut text = String::new();
    if path.ends_with(".gz") {
        GzDecoder::new(&*bytes).read_to_string(&mut text).expect("the corpus unpacks");
    } else {
        text = String::from_utf8(bytes).expect("the corpus is UTF-8");
    }
    Some(text)
}

fn lines(path: &str) -> Option<Vec<Value>> {
    Some(corpus(path)?.lines().map(|line| Value::from_json(line).expect("a line of the corpus is JSON")).collect())
}

/// Why we answer otherwise than a source, by line of its file: from the decisions about all labelled cases.
fn decisions(source: &str) -> BTreeMap<usize, String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/accuracy/decisions.toml");
    let text = std::fs::read_to_string(path).expect("the decisions are there");
    let table: toml::Table = toml::from_str(&text).expect("the decisions are TOML");
    let mut reasons = BTreeMap::new();
    for decision in table.get("decision").and_then(toml::Value::as_array).expect("a list of decisions") {
        let why = decision.get("why").and_then(toml::Value::as_str).expect("a reason");
        for case in decision.get("cases").and_then(toml::Value::as_array).expect("its cases") {
            let line = case.as_str().and_then(|case| case.strip_prefix(source)?.trim().parse().ok());
            reasons.extend(line.map(|line| (line, why.to_owned())));
        }
    }
    reasons
}

/// Compares answers by line number with the decisions about a source. An answer of none is an error of ours.
fn compare(path: &str, source: &str, ours: impl Fn(&str, &[Value], &Value) -> Value) {
    let Some(cases) = lines(path) else { return };
    let reasons = decisions(source);
    let mut wrong = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let line = at + 1;
        let function = case.get("function").and_then(Value::as_str).expect("a function");
        let args = case.get("args").and_then(Value::as_list).unwrap_or_default();
        let answer = ours(function, args, case.get("kwargs").unwrap_or(&Value::Null));
        let expected = case.get("expected").expect("a verdict");
        match (answer == *expected, reasons.get(&line)) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(reason)) => wrong.push(format!("line {line}: no longer differs: {reason}")),
            (false, None) => {
                let args = Value::from(args.to_vec());
                wrong.push(format!("line {line}: {function} of {args}: theirs {expected}, ours {answer}"));
            }
        }
    }
    assert!(reasons.keys().all(|line| *line <= cases.len()), "a reason for a line that is not there");
    assert!(wrong.is_empty(), "{} of {} lines:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn wrap(members: &[(&str, &Value)]) -> Policy {
    let mut statement = Map::from_iter([
        ("Effect".into(), Value::from("Allow")),
        ("Action".into(), Value::from("s3:GetObject")),
        ("Principal".into(), Value::from("*")),
    ]);
    statement.extend(members.iter().map(|(name, value)| ((*name).into(), (*value).clone())));
    let document = Value::map([
        ("Version", Some(Value::from("2012-10-17"))),
        ("Statement", Some(Value::from(vec![Value::Map(statement)]))),
    ]);
    Policy::from_value(&document).expect("a wrapped statement parses")
}

fn policy_answer(function: &str, args: &[Value], kwargs: &Value) -> Value {
    let error = || Value::from("error");
    let policy = |at: usize| args.get(at).ok_or(()).and_then(|value| Policy::from_value(value).map_err(|_| ()));
    let account = |at: usize| args.get(at).and_then(Value::as_str).unwrap_or("123456789012");
    // Let in: everyone, or (unless other accounts are allowed) another account.
    let lets_in = |policy: &Policy, own: &str, others_allowed: bool| {
        let parties = Parties { own, trusted: &BTreeSet::new(), organisation: None, complete: true };
        let actions = ["s3:GetObject", "kms:Decrypt", "elasticfilesystem:ClientMount"];
        policy.public(Flavour::Resource).is_certain()
            || !others_allowed && policy.third_party_grants(&parties, &actions).is_certain()
    };
    let cross = |at: usize| {
        let given = args.get(at).or_else(|| kwargs.get("is_cross_account_allowed"));
        given.and_then(Value::as_bool)
    };
    match function {
        "get_effective_actions" => {
            let Ok(policy) = policy(0) else { return error() };
            let mut named: Vec<&str> = Vec::new();
            for statement in policy.statements().iter().filter(|s| s.is_allow()) {
                named.extend(statement.actions.patterns().iter().map(Pattern::as_str));
            }
            named.retain(|action| policy.allows_everywhere(action).is_certain());
            named.sort_unstable();
            named.into()
        }
        "policy_allows_marketplace_subscribe_on_all_resources" => policy(0)
            .map_or_else(|()| error(), |p| p.allows_everywhere("aws-marketplace:Subscribe").is_certain().into()),
        "check_admin_access" => policy(0).map_or_else(|()| error(), |p| p.administrator().is_certain().into()),
        "check_full_service_access" => {
            policy(1).map_or_else(|()| error(), |p| p.allows_whole_service(account(0)).is_certain().into())
        }
        "is_condition_block_restrictive" => {
            let policy = wrap(&[("Condition", args.first().expect("a condition"))]);
            (!lets_in(&policy, account(1), cross(2).unwrap_or(false))).into()
        }
        "is_condition_block_restrictive_organization"
        | "is_condition_block_restrictive_sns_endpoint"
        | "is_condition_restricting_from_private_ip"
        | "is_condition_restricting_to_trusted_ips" => {
            let policy = wrap(&[("Condition", args.first().expect("a condition"))]);
            (!lets_in(&policy, "123456789012", true)).into()
        }
        "is_policy_public" => {
            policy(0).map_or_else(|()| error(), |p| lets_in(&p, account(1), cross(9).unwrap_or(true)).into())
        }
        "has_codebuild_trusted_principal" => policy(0).map_or_else(
            |()| error(),
            |p| {
                let codebuild = Principal::Service("codebuild.amazonaws.com".into());
                p.statements().iter().any(|s| s.is_allow() && s.principals.named().contains(&codebuild)).into()
            },
        ),
        "has_public_principal" => {
            let principal = args.first().and_then(|statement| statement.get("Principal")).expect("a principal");
            wrap(&[("Principal", principal)]).statements().iter().any(|s| s.principals.has_everyone()).into()
        }
        "has_restrictive_source_arn_condition" => {
            let none = Value::Map(Map::new());
            let condition = args.first().and_then(|statement| statement.get("Condition")).unwrap_or(&none);
            wrap(&[("Condition", condition)]).statements().iter().any(|s| s.is_narrowed(Keys::All)).into()
        }
        other => panic!("no question of ours for {other}"),
    }
}

#[test]
fn policies_as_another_tool_judges_them() {
    compare("policy-cases/prowler_iam_policy.jsonl", "policies", policy_answer);
}

fn group_of(permission: &Value) -> Group {
    let mut rules = Vec::new();
    for (list, member) in [("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")] {
        for (at, range) in permission.get(list).and_then(Value::as_list).unwrap_or_default().iter().enumerate() {
            let take = |name: &str| permission.get(name).cloned();
            let value = Value::map([
                ("IpProtocol", take("IpProtocol")),
                ("FromPort", take("FromPort")),
                ("ToPort", take("ToPort")),
                (member, range.get(member).cloned()),
            ]);
            let key = format!("{member}{at}");
            rules.push(GroupRule::from_value(&key, Direction::Ingress, &value, |_| PrefixList::Unread));
        }
    }
    rules.into_iter().collect()
}

fn group_answer(function: &str, args: &[Value], kwargs: &Value) -> Value {
    let _ = kwargs;
    match function {
        "_is_cidr_public" => {
            let net = args.first().and_then(Value::as_str).and_then(network).expect("a network");
            let member = if net.to_string().contains(':') { "CidrIpv6" } else { "CidrIp" };
            let value =
                Value::map([("IpProtocol", Some(Value::from("-1"))), (member, Some(Value::from(net.to_string())))]);
            let rule = GroupRule::from_value("k", Direction::Ingress, &value, |_| PrefixList::Unread);
            Group::from_iter([rule]).all_ports(Direction::Ingress).is_certain().into()
        }
        "check_security_group" => {
            let group = group_of(args.first().expect("a permission"));
            match args.get(2).and_then(Value::as_list) {
                Some(ports) => {
                    let port = |port: &Value| port.as_int().and_then(|port| u16::try_from(port).ok()).expect("a port");
                    ports.iter().any(|p| group.tcp_port(Direction::Ingress, port(p)).is_certain()).into()
                }
                None => (!group.openings(Direction::Ingress).is_empty()).into(),
            }
        }
        other => panic!("no question of ours for {other}"),
    }
}

#[test]
fn security_groups_as_another_tool_judges_them() {
    compare("policy-cases/prowler_security_groups.jsonl", "groups", group_answer);
}

/// AWS's own policies by name.
fn managed() -> Option<BTreeMap<String, Policy>> {
    let mut all = BTreeMap::new();
    for case in lines("iam-managed/aws_managed_policies.jsonl.gz")? {
        let path = case.get("path").and_then(Value::as_str).expect("a path");
        let name = path.rsplit('/').next().and_then(|file| file.strip_suffix(".json")).expect("a name");
        let policy = Policy::from_value(case.get("document").expect("a document"));
        all.insert(name.to_owned(), policy.unwrap_or_else(|e| panic!("{name}: {e}")));
    }
    for case in lines("iam-managed/moto_missing.jsonl")? {
        let name = case.get("name").and_then(Value::as_str).expect("a name");
        let policy = Policy::from_value(case.get("Document").expect("a document"));
        all.insert(name.to_owned(), policy.unwrap_or_else(|e| panic!("{name}: {e}")));
    }
    Some(all)
}

#[test]
fn managed_policies_parse_and_are_what_they_are_called() {
    let Some(all) = managed() else { return };
    assert_eq!(all.len(), 1_643);
    let administrators: Vec<&str> =
        all.iter().filter(|(_, policy)| policy.administrator().is_certain()).map(|(name, _)| &**name).collect();
    assert_eq!(administrators, ["AdministratorAccess"]);
    let is = |name: &str| all.get(name).unwrap_or_else(|| panic!("{name} is not there"));

    // NotAction of iam:*: everything else, so no administrator, but every other service.
    let power = is("PowerUserAccess");
    assert!(!power.administrator().is_certain());
    assert!(power.implicit_allows().is_certain() && power.whole_services().is_certain());
    assert!(power.allows_everywhere("kms:Decrypt").is_certain());
    assert!(power.allows_everywhere("iam:PassRole").is_clear() && power.unscoped_pass_role().is_clear());
    assert!(power.allows_whole_service("s3").is_certain() && power.allows_whole_service("iam").is_clear());

    let read_only = is("ReadOnlyAccess");
    assert!(read_only.administrator().is_clear() && read_only.escalation().is_clear());
    assert!(read_only.decrypts_everywhere().is_clear() && read_only.unscoped_pass_role().is_clear());

    assert!(
        is("IAMFullAccess").escalation().is_certain() && is("IAMFullAccess").allows_whole_service("iam").is_certain()
    );
    assert!(is("SecurityAudit").escalation().is_clear());
    for policy in all.values() {
        assert!(!policy.has_open_values());
        // AWS's policies have no principals, so none can be public.
        assert!(policy.public(Flavour::Resource).is_clear());
    }
}

#[test]
fn managed_policies_read_alike_as_object_text_and_encoded_text() {
    let Some(text) = corpus("iam-managed/aws_managed_policies.jsonl.gz") else { return };
    for line in text.lines().step_by(10) {
        let case = Value::from_json(line).unwrap();
        let document = case.get("document").unwrap();
        let json = document.to_json();
        let encoded: String = json
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect();
        let policy = Policy::from_value(document).unwrap();
        assert_eq!(policy, Policy::from_value(&Value::from(json)).unwrap());
        assert_eq!(policy, Policy::from_value(&Value::from(encoded)).unwrap());
    }
}
