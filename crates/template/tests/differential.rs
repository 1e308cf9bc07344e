//! Two routes to one state: the cases of every rule hold for the facets of a resource; here they are written as the
//! properties of a template, and the template must give the same verdict.
//!
//! What a rule reads and no property states (dates, what was seen of a sign-in, what another stack has) is left out, and
//! every case left out is counted under its reason. What a case leaves unread becomes a parameter without a value.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use trailhound_model::kinds::guardduty::{FEATURES_AT_CREATION, feature};
use trailhound_model::{FacetDef, Kind, Link, Map, Place, Second, Shape, Text, Value};
use trailhound_rules::{Rule, Settings};
use trailhound_template::Options;

/// What is open until deployment: a parameter without a value.
const OPEN: &str = "Open";
/// The resource that a case is about.
const IT: &str = "It";

fn rules_crate() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules")
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Value::from_json(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Why a case cannot be written as a template.
struct LeftOut(String);

fn left_out<T>(why: impl Into<String>) -> Result<T, LeftOut> {
    Err(LeftOut(why.into()))
}

fn open() -> Value {
    Value::map([("Ref", Some(OPEN.into()))])
}

fn reference(name: &str) -> Value {
    Value::map([("Ref", Some(name.into()))])
}

/// A template that grows.
#[derive(Default)]
struct Written {
    resources: Map,
    count: usize,
}

impl Written {
    fn resource(&mut self, name: &str, kind: &str, properties: Value) {
        let resource = Value::map([("Type", Some(kind.into())), ("Properties", Some(properties))]);
        self.resources.insert(name.into(), resource);
    }

    fn more(&mut self, kind: &str, properties: Value) -> String {
        self.count += 1;
        let name = format!("More{}", self.count);
        self.resource(&name, kind, properties);
        name
    }

    /// The template, with references in the place of ids that AWS makes up.
    fn text(self, ids: &[(Text, String)]) -> String {
        let plain = self.plain();
        ids.iter().fold(plain, |text, (id, name)| text.replace(&format!("\"{id}\""), &reference(name).to_json()))
    }

    fn plain(self) -> String {
        let parameter = Value::map([("Type", Some("String".into()))]);
        let parameters = Value::map([(OPEN, Some(parameter))]);
        Value::map([("Parameters", Some(parameters)), ("Resources", Some(self.resources.into()))]).to_json()
    }
}

/// Sets a value at a dotted path.
fn set(properties: &mut Map, path: &str, value: Value) {
    match path.split_once('.') {
        None => _ = properties.insert(path.into(), value),
        Some((first, rest)) => {
            let inner = properties.entry(first.into()).or_insert_with(|| Map::new().into());
            if let Value::Map(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}

/// The facets of a case: the kind's baseline with the patch.
fn merge(base: &mut Value, patch: &Value) {
    const DIRECTIVES: [&str; 5] = ["$absent", "$default", "$exactly", "$partial", "$unread"];
    match (base, patch) {
        (Value::Map(base), Value::Map(patch)) if !patch.keys().any(|key| DIRECTIVES.contains(&&**key)) => {
            for (name, value) in patch {
                match value {
                    Value::Null => _ = base.remove(name),
                    value => merge(base.entry(name.clone()).or_default(), value),
                }
            }
        }
        (base, patch) => *base = patch.clone(),
    }
}

/// The property that names a resource, for the kinds whose names rules look at.
fn name_of(kind: Kind) -> Option<&'static str> {
    match kind.name() {
        "AWS::IAM::Role" => Some("RoleName"),
        "AWS::RDS::DBParameterGroup" => Some("DBParameterGroupName"),
        "AWS::Redshift::ClusterParameterGroup" => Some("ParameterGroupName"),
        "AWS::S3::Bucket" => Some("BucketName"),
        "AWS::SSM::Parameter" | "AWS::SecretsManager::Secret" => Some("Name"),
        _ => None,
    }
}

/// Writes a resource with these facets, as far as `facets` asks.
fn write(
    written: &mut Written,
    name: &str,
    kind: Kind,
    facets: &[&'static FacetDef],
    values: &Map,
) -> Result<(), LeftOut> {
    let mut properties = Map::new();
    if let (Some(property), Some(id)) = (name_of(kind), values.get("$id")) {
        properties.insert(property.into(), id.clone());
    }
    for facet in facets {
        let Some(value) = values.get(facet.name) else { return left_out(format!("nothing is said of {}", facet.name)) };
        state(written, name, kind, facet, value, &mut properties)?;
    }
    written.resource(name, kind.name(), properties.into());
    Ok(())
}

/// States one facet.
fn state(
    written: &mut Written,
    name: &str,
    kind: Kind,
    facet: &FacetDef,
    value: &Value,
    properties: &mut Map,
) -> Result<(), LeftOut> {
    let has = |directive: &str| value.get(directive).is_some();
    // What a new resource has when nothing is stated.
    let initial = trailhound_model::Life::born(kind, Second::date(2026, 1, 1));
    let unstated = initial.slot(facet).map(|slot| slot.state.clone());
    if has("$default") {
        return Ok(());
    }
    if has("$absent") {
        let is_so = matches!(unstated, Some(trailhound_model::State::Absent));
        // Without user data a template's instance has none.
        let is_so = is_so || facet.shape == Shape::Keyed && facet.name == "UserData";
        if facet.name == "PublicAccessBlockConfiguration" {
            // No block is a block of which nothing is on.
            set(properties, facet.name, Value::map([("BlockPublicAcls", Some(false.into()))]));
            return Ok(());
        }
        // A trail with selectors of the other sort has none of these.
        let is_so = is_so || facet.name == "EventSelectors" && properties.contains_key("AdvancedEventSelectors");
        return if is_so { Ok(()) } else { left_out(format!("{} cannot be stated away", facet.name)) };
    }
    let value = value.get("$exactly").unwrap_or(value);
    let partial = value.get("$partial");
    let doubt = partial.is_some();
    let seen = partial.unwrap_or(value);
    let unread = has("$unread");
    match (facet.place, facet.shape) {
        (Place::Property, Shape::Single) => {
            set(properties, facet.name, if unread { open() } else { value.clone() });
            Ok(())
        }
        (Place::Part(part), _) => {
            let (owner, property, as_list) = match part {
                "AWS::S3::BucketPolicy" => ("Bucket", "PolicyDocument", false),
                "AWS::SNS::TopicPolicy" => ("Topics", "PolicyDocument", true),
                "AWS::SQS::QueuePolicy" => ("Queues", "PolicyDocument", true),
                "AWS::SecretsManager::ResourcePolicy" => ("SecretId", "ResourcePolicy", false),
                "AWS::SecretsManager::RotationSchedule" => ("SecretId", "RotationRules", false),
                _ => return left_out(format!("{part} is not written")),
            };
            let owned = if as_list { vec![reference(name)].into() } else { reference(name) };
            let stated = if unread { open() } else { value.clone() };
            written.more(part, Value::map([(owner, Some(owned)), (property, Some(stated))]));
            Ok(())
        }
        (Place::Property, Shape::Keyed) if unread => {
            set(properties, facet.name, open());
            Ok(())
        }
        (Place::Property, Shape::Keyed) => {
            let Some(entries) = seen.as_map() else { return left_out(format!("{} is no map", facet.name)) };
            match (kind.name(), facet.name) {
                ("AWS::RDS::DBParameterGroup", _) => {
                    let mut parameters = entries.clone();
                    if doubt {
                        parameters.insert("require_secure_transport".into(), open());
                    }
                    set(properties, facet.name, parameters.into());
                    return Ok(());
                }
                ("AWS::GuardDuty::Detector", _) if !doubt => {
                    let mut features = entries.clone();
                    for name in FEATURES_AT_CREATION {
                        features.entry(name.into()).or_insert_with(|| feature(name, false));
                    }
                    set(
                        properties,
                        facet.name,
                        features.into_iter().map(|(_, value)| value).collect::<Vec<_>>().into(),
                    );
                    return Ok(());
                }
                (_, "UserData") if entries.is_empty() => return Ok(()),
                (_, "UserData") => return left_out("the text of user data is not kept"),
                _ => {}
            }
            let mut items: Vec<Value> = entries.values().map(without_ids).collect();
            if doubt {
                items.push(open());
            }
            set(properties, facet.name, items.into());
            Ok(())
        }
        (Place::Observed, Shape::Keyed) => {
            let nothing = Map::new().into();
            observed(written, name, kind, facet, if unread { &nothing } else { seen }, doubt || unread, properties)
        }
        (Place::Observed, Shape::Single) if !unread => match &unstated {
            Some(trailhound_model::State::Known(known)) if known == value => Ok(()),
            _ => left_out(format!("no property states {}", facet.name)),
        },
        (Place::Observed, _) => left_out("what no property states is unread"),
    }
}

/// A security group's rule without what AWS gives it.
fn without_ids(entry: &Value) -> Value {
    match entry {
        Value::Map(map) => {
            let own = map.iter().filter(|(name, _)| &***name != "SecurityGroupRuleId");
            Value::Map(own.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        other => other.clone(),
    }
}

/// Entries that stand in resources of their own.
fn observed(
    written: &mut Written,
    name: &str,
    kind: Kind,
    facet: &FacetDef,
    seen: &Value,
    doubt: bool,
    properties: &mut Map,
) -> Result<(), LeftOut> {
    let entries = seen.as_map().cloned().unwrap_or_default();
    if doubt {
        // A part that may belong to it.
        let (part, property) = match (kind.name(), facet.name) {
            ("AWS::EC2::NetworkAcl", "Entries") => ("AWS::EC2::NetworkAclEntry", "NetworkAclId"),
            ("AWS::EC2::VPC", "FlowLogs") => ("AWS::EC2::FlowLog", "ResourceId"),
            ("AWS::ElasticLoadBalancingV2::Listener", "Rules") => {
                ("AWS::ElasticLoadBalancingV2::ListenerRule", "ListenerArn")
            }
            ("AWS::GuardDuty::Detector", "Filters") => ("AWS::GuardDuty::Filter", "DetectorId"),
            ("AWS::IAM::User", "AccessKeys") => ("AWS::IAM::AccessKey", "UserName"),
            ("AWS::IAM::User", "MFADevices") => ("AWS::IAM::VirtualMFADevice", "Users"),
            ("AWS::Lambda::Function", "FunctionUrls") => ("AWS::Lambda::Url", "TargetFunctionArn"),
            ("AWS::Lambda::Function", "Policy") => ("AWS::Lambda::Permission", "FunctionName"),
            ("AWS::Lambda::LayerVersion", "Policy") => ("AWS::Lambda::LayerVersionPermission", "LayerVersionArn"),
            ("AWS::S3::Bucket", "Grants") if entries.is_empty() => {
                set(properties, "AccessControl", open());
                return Ok(());
            }
            _ => return left_out(format!("{} seen in part", facet.name)),
        };
        written.more(part, Value::map([(property, Some(open()))]));
    }
    if facet.name == "PublicAddresses" {
        let assigned = entries.contains_key("assigned").into();
        let interface = Value::map([("AssociatePublicIpAddress", Some(assigned))]);
        set(properties, "NetworkInterfaces", vec![interface].into());
    }
    for (key, entry) in &entries {
        match (kind.name(), facet.name) {
            ("AWS::Lambda::Function", "FunctionUrls") => {
                let qualifier = (&**key != "$LATEST").then(|| Value::from(&**key));
                let url = [("TargetFunctionArn", Some(reference(name))), ("AuthType", Some(entry.clone()))];
                let [target, auth] = url;
                written.more("AWS::Lambda::Url", Value::map([target, auth, ("Qualifier", qualifier)]));
            }
            ("AWS::Lambda::Function", "Policy") => {
                let permission = permission(name, entry.get("Statement").unwrap_or(entry))?;
                written.more("AWS::Lambda::Permission", permission);
            }
            ("AWS::ElasticLoadBalancingV2::Listener", "Rules") => {
                let rule = Value::map([("ListenerArn", Some(reference(name))), ("Actions", Some(entry.clone()))]);
                written.more("AWS::ElasticLoadBalancingV2::ListenerRule", rule);
            }
            ("AWS::EC2::NetworkAcl", "Entries") => {
                let mut entry = entry.as_map().cloned().unwrap_or_default();
                entry.insert("NetworkAclId".into(), reference(name));
                written.more("AWS::EC2::NetworkAclEntry", entry.into());
            }
            ("AWS::EC2::VPC", "FlowLogs") => {
                if entry.get("FlowLogStatus").is_some_and(|status| status.as_str() != Some("ACTIVE")) {
                    return left_out("a flow log that does not run");
                }
                let log = Value::map([
                    ("ResourceId", Some(reference(name))),
                    ("ResourceType", Some("VPC".into())),
                    ("TrafficType", entry.get("TrafficType").cloned()),
                ]);
                written.more("AWS::EC2::FlowLog", log);
            }
            ("AWS::GuardDuty::Detector", "Filters") => {
                let filter = Value::map([
                    ("DetectorId", Some(reference(name))),
                    ("Name", Some((&**key).into())),
                    ("Action", Some(entry.get("Action").cloned().unwrap_or_else(open))),
                    ("FindingCriteria", Some(entry.get("FindingCriteria").cloned().unwrap_or_else(open))),
                ]);
                written.more("AWS::GuardDuty::Filter", filter);
            }
            ("AWS::IAM::User", "AccessKeys") => {
                let key = Value::map([("UserName", Some(reference(name))), ("Status", entry.get("Status").cloned())]);
                written.more("AWS::IAM::AccessKey", key);
            }
            ("AWS::IAM::User", "MFADevices") => {
                written.more("AWS::IAM::VirtualMFADevice", Value::map([("Users", Some(vec![reference(name)].into()))]));
            }
            (_, "EnvironmentSecrets") if entry.get("Detector").and_then(Value::as_str) == Some("secret_name") => {
                let (container, variable) = key.split_once('/').unwrap_or(("app", &**key));
                let variable = [("Name", Some(variable.into())), ("Value", Some("correct-horse-battery".into()))];
                let variable = Value::map(variable);
                match kind.name() {
                    "AWS::ECS::TaskDefinition" => {
                        let environment = ("Environment", Some(vec![variable].into()));
                        let container = Value::map([("Name", Some(container.into())), environment]);
                        set(properties, "ContainerDefinitions", vec![container].into());
                    }
                    "AWS::CodeBuild::Project" => {
                        set(properties, "Environment.EnvironmentVariables", vec![variable].into());
                    }
                    _ => set(properties, &format!("Environment.Variables.{key}"), "correct-horse-battery".into()),
                }
            }
            ("AWS::EC2::Instance", "PublicAddresses") if &**key != "assigned" => {
                written.more("AWS::EC2::EIP", Value::map([("InstanceId", Some(reference(name)))]));
            }
            ("AWS::EC2::Instance", "PublicAddresses") => {}
            _ => return left_out(format!("entries of {} are not written", facet.name)),
        }
    }
    Ok(())
}

/// The permission that AWS makes a statement of.
fn permission(function: &str, statement: &Value) -> Result<Value, LeftOut> {
    const CONDITIONS: [(&str, &str, &str); 5] = [
        ("ArnLike", "aws:sourcearn", "SourceArn"),
        ("StringEquals", "aws:sourceaccount", "SourceAccount"),
        ("StringEquals", "aws:principalorgid", "PrincipalOrgID"),
        ("StringEquals", "lambda:eventsourcetoken", "EventSourceToken"),
        ("StringEquals", "lambda:functionurlauthtype", "FunctionUrlAuthType"),
    ];
    let mut permission = Map::new();
    permission.insert("FunctionName".into(), reference(function));
    for (name, value) in statement.as_map().cloned().unwrap_or_default() {
        match (&*name, &value) {
            ("Effect", Value::Text(effect)) if &**effect == "Allow" => {}
            ("Resource" | "Sid", _) => {}
            ("Action", Value::Text(_)) => _ = permission.insert(name, value),
            ("Principal", Value::Text(_)) => _ = permission.insert(name, value),
            ("Principal", Value::Map(principal)) if principal.len() == 1 => {
                let one = principal.values().next().filter(|one| one.as_str().is_some());
                let Some(one) = one else { return left_out("a permission has one principal") };
                permission.insert(name, one.clone());
            }
            ("Condition", Value::Map(operators)) => {
                for (operator, pairs) in operators {
                    for (key, value) in pairs.as_map().cloned().unwrap_or_default() {
                        let found = CONDITIONS
                            .iter()
                            .find(|(own, name, _)| own == &&**operator && key.eq_ignore_ascii_case(name));
                        let Some((.., member)) = found else { return left_out("a condition that no permission makes") };
                        permission.insert((*member).into(), value);
                    }
                }
            }
            _ => return left_out("a statement that no permission makes"),
        }
    }
    Ok(permission.into())
}

/// The template of a case, for the rule that it is a case of.
fn template(rule: &Rule, kind: Kind, values: &Map) -> Result<String, LeftOut> {
    let mut written = Written::default();
    let mut reads: Vec<&'static FacetDef> =
        rule.reads.iter().copied().filter(|facet| kind.position(facet.name).is_some()).collect();
    // What names a relative is written too.
    for (relation, _) in rule.borrows {
        if let Link::Named(facet) = relation.link
            && values.contains_key(facet.name)
            && !reads.iter().any(|read| std::ptr::eq(*read, facet))
        {
            reads.push(facet);
        }
    }
    match kind.name() {
        "AWS::EC2::LaunchTemplate" => return launch_template(rule, values),
        "AWS::IAM::ManagedPolicy" => {
            let document = in_force(values, "DefaultVersionId", "PolicyVersions")?;
            let policy = Value::map([("PolicyDocument", Some(document))]);
            written.resource(IT, kind.name(), policy);
            return Ok(written.text(&[]));
        }
        _ => {}
    }
    write(&mut written, IT, kind, &reads, values)?;
    let mut ids = Vec::new();
    for (relation, facets) in rule.borrows {
        if !kind.def().relations.iter().any(|own| std::ptr::eq(*own, *relation)) {
            continue;
        }
        let Some(related) = values.get(&*format!("@{}", relation.name)) else { continue };
        if matches!(relation.link, Link::Account | Link::Region) {
            // A template is judged as if the account had no block.
            let block = related.get("PublicAccessBlockConfiguration");
            if block.is_some_and(|block| block.get("$absent").is_some()) {
                continue;
            }
            return left_out(format!("the template says nothing of its {}", relation.name));
        }
        let list = related.as_list().map_or_else(|| vec![related.clone()], <[Value]>::to_vec);
        for one in list.iter().filter_map(Value::as_map) {
            written.count += 1;
            let name = format!("Related{}", written.count);
            let mut facets = facets.to_vec();
            facets.retain(|facet| facet.name != "OwnerId");
            let is_vpc = relation.to.name == "AWS::EC2::VPC";
            if is_vpc || relation.to.name == "AWS::EC2::Subnet" {
                return left_out("a network is not written: its parts have no ids of their own");
            }
            write(&mut written, &name, Kind::of(relation.to), &facets, one)?;
            if name_of(Kind::of(relation.to)).is_none()
                && let Some(Value::Text(id)) = one.get("$id")
            {
                ids.push((id.clone(), name));
            }
        }
    }
    Ok(written.text(&ids))
}

/// The version in force, which is the one that a template states.
fn in_force(values: &Map, number: &str, versions: &str) -> Result<Value, LeftOut> {
    let number = values.get(number).and_then(Value::as_str);
    let versions = values.get(versions).map(|versions| versions.get("$exactly").unwrap_or(versions));
    match number.and_then(|number| versions?.get(number)) {
        Some(version) => Ok(version.clone()),
        None => left_out("a version that is not known"),
    }
}

/// The default version as the template's only one.
fn launch_template(rule: &Rule, values: &Map) -> Result<String, LeftOut> {
    if rule.borrows.iter().any(|(relation, _)| matches!(relation.link, Link::Region)) {
        return left_out("the template says nothing of its region");
    }
    let version = in_force(values, "DefaultVersionNumber", "Versions")?;
    if version.get("Inherits").is_some() {
        return left_out("a template's version inherits nothing");
    }
    let mut data = Map::new();
    for (name, value) in version.as_map().cloned().unwrap_or_default() {
        match &*name {
            "AssociatePublicIpAddress" => {
                let interface = Value::map([("AssociatePublicIpAddress", Some(value))]);
                data.insert("NetworkInterfaces".into(), vec![interface].into());
            }
            "BlockDeviceMappings" => {
                let disk = |disk: &Value| {
                    let ebs = Value::map([("Encrypted", disk.get("Encrypted").cloned())]);
                    Value::map([("DeviceName", disk.get("DeviceName").cloned()), ("Ebs", Some(ebs))])
                };
                let disks: Vec<Value> = value.as_list().unwrap_or_default().iter().map(disk).collect();
                data.insert(name, disks.into());
            }
            "UserData" => return left_out("the text of user data is not kept"),
            _ => _ = data.insert(name, value),
        }
    }
    let mut written = Written::default();
    written.resource(IT, "AWS::EC2::LaunchTemplate", Value::map([("LaunchTemplateData", Some(data.into()))]));
    Ok(written.text(&[]))
}

/// A case as a template.
struct Case {
    rule: &'static Rule,
    id: &'static str,
    name: String,
    expected: String,
    settings: Settings,
    today: Second,
    account: String,
    text: Result<String, LeftOut>,
}

impl Case {
    /// The verdict on a template, and what is said with it.
    fn verdict(&self, text: &str) -> (&'static str, String) {
        let options = Options {
            settings: &self.settings,
            today: self.today,
            account: Some(&self.account),
            explicit: false,
            exceptions: None,
        };
        let checked = options.check(text).unwrap_or_else(|error| panic!("{}, {}: {error}\n{text}", self.id, self.name));
        let row = checked.rows.into_iter().find(|row| row.resource == IT && row.rule == self.id);
        row.map_or_else(|| ("nothing", String::new()), |row| (row.verdict, row.message))
    }
}

/// The cases of every rule.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (id, rule) in trailhound_rules::all() {
        let mut parts: Vec<&str> = rule.module.split("::").skip(1).collect();
        let stem = parts.pop().unwrap();
        let file = read(&rules_crate().join("src").join(parts.join("/")).join(format!("{stem}.cases.json")));
        for case in file.get("cases").and_then(Value::as_list).unwrap() {
            let kind = case.get("kind").and_then(Value::as_str).and_then(Kind::named);
            let kind = kind.unwrap_or_else(|| Kind::of(rule.kinds.first().unwrap()));
            let baseline = kind.name().replace("AWS::", "").replace("::", "-").to_lowercase();
            let mut values = read(&rules_crate().join("baselines").join(format!("{baseline}.json")));
            if let Some(patch) = case.get("patch") {
                merge(&mut values, patch);
            }
            let values = values.as_map().unwrap();
            let text = if kind.name().starts_with("Trailhound::") || kind.name() == "AWS::CloudFormation::Stack" {
                left_out(format!("no template makes {}", kind.name()))
            } else if values.contains_key("$as_of") {
                left_out("it hangs on the time that has passed")
            } else {
                template(rule, kind, values)
            };
            let said =
                |name: &str, default: &str| values.get(name).and_then(Value::as_str).unwrap_or(default).to_owned();
            let mut settings: Settings =
                values.get("$settings").map_or_else(Settings::default, |value| value.decode().unwrap());
            settings.switched_on.insert(id.to_owned());
            cases.push(Case {
                rule,
                id,
                name: case.get("name").and_then(Value::as_str).unwrap().to_owned(),
                expected: case.get("verdict").and_then(Value::as_str).unwrap().to_owned(),
                settings,
                today: Second::parse(&said("$born", "2026-01-01T00:00:00Z")).unwrap(),
                account: said("$account", "111122223333"),
                text,
            });
        }
    }
    cases
}

#[test]
fn a_template_and_its_facets_are_judged_alike() {
    let (mut alike, mut wrong) = (0, Vec::new());
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    let mut compared: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases() {
        let text = match &case.text {
            Ok(text) => text,
            Err(LeftOut(why)) => {
                *left.entry(why.clone()).or_default() += 1;
                continue;
            }
        };
        let (found, message) = case.verdict(text);
        // That no other resource exists is more than a template can tell.
        let mut relations = case.rule.borrows.iter().map(|(relation, _)| relation.link);
        let asks_others = relations.any(|link| matches!(link, Link::All | Link::NamedBy(_)));
        if found == case.expected || asks_others && found == "unknown" && case.expected != "fail" {
            alike += 1;
            *compared.entry(case.id).or_default() += 1;
        } else {
            let Case { id, name, expected, .. } = &case;
            wrong.push(format!("{id}, {name}: {expected}, and by the template {found} {message}\n{text}"));
        }
    }
    let out: usize = left.values().sum();
    assert!(
        wrong.is_empty(),
        "{} differ, {alike} do not, {out} left out {left:#?}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(alike > 900 && compared.len() > 110, "{alike} cases of {} rules; left out: {left:#?}", compared.len());
    // A rule whose cases no template can state is asked in a template of its own, or the page says why none decides it.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut stated = fs::read_to_string(root.join("../../docs/check.md")).unwrap_or_else(|error| panic!("{error}"));
    for file in fs::read_dir(root.join("tests/cases")).unwrap_or_else(|error| panic!("{error}")).flatten() {
        stated += &fs::read_to_string(file.path()).unwrap_or_else(|error| panic!("{error}"));
    }
    for (id, _) in trailhound_rules::all() {
        let named = stated.contains(&format!(" {id} ")) || stated.contains(&format!("| `{id}` |"));
        assert!(
            compared.contains_key(id) || named,
            "no template states a case of `{id}`: write one in tests/cases, or say in docs/check.md why none decides it"
        );
    }
}

/// All values that a value becomes when one text, number or switch in it is left to the deployment.
fn opened(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => {
            let at = |at: usize, other: Value| {
                let mut items = items.clone();
                items.splice(at..=at, [other]);
                Value::List(items)
            };
            items
                .iter()
                .enumerate()
                .flat_map(|(i, item)| opened(item).into_iter().map(move |item| at(i, item)))
                .collect()
        }
        Value::Map(map) => {
            let with = |name: &Text, other: Value| {
                let mut map = map.clone();
                map.insert(name.clone(), other);
                Value::Map(map)
            };
            let members = map.iter().filter(|_| !map.contains_key("Ref"));
            members.flat_map(|(name, value)| opened(value).into_iter().map(move |value| with(name, value))).collect()
        }
        Value::Null => Vec::new(),
        _ => vec![open()],
    }
}

/// Where an open value turns a pass into a failure on purpose.
const TURNED: [(&str, &str); 3] = [
    ("cloudtrail-trail-multi-region", "another trail counts only where it is known to record"),
    ("lambda-function-policy-private", "everyone is let in, whatever kind of URL the statement is for"),
    ("s3-access-point-policy-private", "the block of a bucket that is not known excuses nothing"),
];

/// What is left to the deployment is taken for neither good nor bad: with any one value of a template open, what failed
/// does not pass, and what passed does not fail.
#[test]
fn an_open_value_turns_no_verdict() {
    let (mut tried, mut wrong) = (0, Vec::new());
    for case in cases() {
        let Ok(text) = &case.text else { continue };
        if !["pass", "fail"].contains(&&*case.expected) {
            continue;
        }
        let template = Value::from_json(text).unwrap();
        let resources = template.get("Resources").and_then(Value::as_map).unwrap();
        for (name, resource) in resources {
            for properties in opened(resource.get("Properties").unwrap()) {
                let mut template = template.as_map().unwrap().clone();
                let mut resources = resources.clone();
                let kind = resource.get("Type").cloned();
                resources.insert(name.clone(), Value::map([("Type", kind), ("Properties", Some(properties))]));
                template.insert("Resources".into(), resources.into());
                let text = Value::from(template).to_json();
                let (found, message) = case.verdict(&text);
                tried += 1;
                let is_meant = found == "fail" && TURNED.iter().any(|(id, _)| *id == case.id);
                if ["pass", "fail"].contains(&found) && found != case.expected && !is_meant {
                    let Case { id, name, expected, .. } = &case;
                    wrong.push(format!("{id}, {name}: {expected}, and with a value open {found} {message}\n{text}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried} turn:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 3_000, "only {tried} values were opened");
}
