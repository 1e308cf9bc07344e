//! The Serverless Application Model: its types as the plain resources that rules judge.
//!
//! What AWS makes of them beside these (APIs, stages, event sources) no rule judges. What is not made here is said.

use trailhound_model::{Map, Value};

/// A plain resource that a serverless one becomes: its logical name, type and properties.
pub(crate) type Plain = (String, &'static str, Value);

/// What becomes of a serverless resource.
pub(crate) enum Becomes {
    /// These, and beside them what is not read, each with its reason and its name.
    Resources(Vec<Plain>, Vec<(&'static str, String)>),
    /// Nothing that is read, for this reason.
    Nothing(&'static str),
}

/// Whether a type is a serverless one.
pub(crate) fn is_serverless(kind: &str) -> bool {
    kind.starts_with("AWS::Serverless::")
}

/// Makes plain resources of a serverless one. `globals` is the template's section of what all of them share.
pub(crate) fn expand(name: &str, kind: &str, own: Value, globals: Option<&Value>) -> Becomes {
    let section = kind.rsplit("::").next().unwrap_or_default();
    let properties = match globals.and_then(|globals| globals.get(section)) {
        Some(shared) => merged(shared.clone(), own),
        None => own,
    };
    match kind {
        "AWS::Serverless::Function" => function(name, &properties),
        "AWS::Serverless::LayerVersion" => {
            let layer = picked(&properties, &["LayerName"]);
            Becomes::Resources(vec![(name.to_owned(), "AWS::Lambda::LayerVersion", layer)], Vec::new())
        }
        "AWS::Serverless::SimpleTable" => {
            let table = picked(&properties, &["SSESpecification", "TableName"]);
            Becomes::Resources(vec![(name.to_owned(), "AWS::DynamoDB::Table", table)], Vec::new())
        }
        "AWS::Serverless::StateMachine" => {
            let mut made = Vec::new();
            let mut left = Vec::new();
            if properties.get("Role").is_none() {
                let role = role(name, &properties, "states.amazonaws.com", &[], &mut left);
                made.push((format!("{name}Role"), "AWS::IAM::Role", role));
            }
            Becomes::Resources(made, left)
        }
        "AWS::Serverless::Api" | "AWS::Serverless::GraphQLApi" | "AWS::Serverless::HttpApi" => {
            Becomes::Nothing("no rule judges its type")
        }
        "AWS::Serverless::Application" => Becomes::Nothing("a nested application is not read"),
        "AWS::Serverless::Connector" => Becomes::Nothing("the policies that SAM makes of it are not read"),
        _ => Becomes::Nothing("what SAM makes of its type is not read"),
    }
}

fn function(name: &str, properties: &Value) -> Becomes {
    let mut left = Vec::new();
    let function = picked(properties, &["Environment", "FunctionName", "VpcConfig"]);
    let mut made = vec![(name.to_owned(), "AWS::Lambda::Function", function)];
    if properties.get("Role").is_none() {
        let managed: &[&str] = match properties.get("VpcConfig") {
            Some(_) => &["service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole"],
            None => &["service-role/AWSLambdaBasicExecutionRole"],
        };
        let role = role(name, properties, "lambda.amazonaws.com", managed, &mut left);
        made.push((format!("{name}Role"), "AWS::IAM::Role", role));
    }
    if let Some(config) = properties.get("FunctionUrlConfig") {
        let this = || Value::map([("Ref", Some(name.into()))]);
        let alias = properties.get("AutoPublishAlias").cloned();
        let url = Value::map([
            ("TargetFunctionArn", Some(this())),
            ("AuthType", config.get("AuthType").cloned()),
            ("Qualifier", alias),
        ]);
        made.push((format!("{name}Url"), "AWS::Lambda::Url", url));
        if config.get("AuthType").and_then(Value::as_str) == Some("NONE") {
            let permission = Value::map([
                ("Action", Some("lambda:InvokeFunctionUrl".into())),
                ("FunctionName", Some(this())),
                ("FunctionUrlAuthType", Some("NONE".into())),
                ("Principal", Some("*".into())),
            ]);
            made.push((format!("{name}UrlPublicPermissions"), "AWS::Lambda::Permission", permission));
        }
    }
    Becomes::Resources(made, left)
}

/// The role that SAM makes where the template names none.
fn role(
    name: &str,
    properties: &Value,
    service: &str,
    managed: &[&str],
    left: &mut Vec<(&'static str, String)>,
) -> Value {
    let arn = |name: &str| Value::from(format!("arn:aws:iam::aws:policy/{name}"));
    let mut attached: Vec<Value> = managed.iter().map(|name| arn(name)).collect();
    let mut inline = Vec::new();
    let policies = match properties.get("Policies") {
        None | Some(Value::Null) => &[][..],
        Some(Value::List(policies)) => policies,
        Some(one) => std::slice::from_ref(one),
    };
    for policy in policies {
        match policy {
            Value::Text(arn_or_name) if arn_or_name.starts_with("arn:") => attached.push(policy.clone()),
            Value::Text(name) => attached.push(arn(name)),
            Value::Map(map) if map.contains_key("Statement") => inline.push(Value::map([
                ("PolicyName", Some(format!("{name}RolePolicy{}", inline.len()).into())),
                ("PolicyDocument", Some(policy.clone())),
            ])),
            Value::Map(map) if crate::resolve::is_intrinsic(map) => attached.push(policy.clone()),
            Value::Map(templates) => {
                for template in templates.keys() {
                    // An entry without a document: there is a policy, and nobody knows what it allows.
                    inline.push(Value::map([("PolicyName", Some(format!("{name}{template}").into()))]));
                    left.push(("SAM's policy template is not read", template.to_string()));
                }
            }
            _ => {}
        }
    }
    let trust = Value::map([
        ("Effect", Some("Allow".into())),
        ("Principal", Some(Value::map([("Service", Some(service.into()))]))),
        ("Action", Some("sts:AssumeRole".into())),
    ]);
    let trust = Value::map([("Version", Some("2012-10-17".into())), ("Statement", Some(vec![trust].into()))]);
    Value::map([
        ("AssumeRolePolicyDocument", Some(properties.get("AssumeRolePolicyDocument").cloned().unwrap_or(trust))),
        ("ManagedPolicyArns", Some(attached.into())),
        ("Path", properties.get("RolePath").cloned()),
        ("PermissionsBoundary", properties.get("PermissionsBoundary").cloned()),
        ("Policies", Some(inline.into())),
    ])
}

fn picked(properties: &Value, names: &[&str]) -> Value {
    let picked = names.iter().filter_map(|name| Some(((*name).into(), properties.get(name)?.clone())));
    Value::Map(picked.collect())
}

/// What all share, with what one has of its own: members are merged, lists joined, and else the own value counts.
fn merged(shared: Value, own: Value) -> Value {
    match (shared, own) {
        (Value::Map(shared), Value::Map(own)) if ![&shared, &own].into_iter().any(crate::resolve::is_intrinsic) => {
            let mut all: Map = shared;
            for (name, value) in own {
                let value = match all.remove(&name) {
                    Some(shared) => merged(shared, value),
                    None => value,
                };
                all.insert(name, value);
            }
            all.into()
        }
        (Value::List(mut shared), Value::List(own)) => {
            shared.extend(own);
            shared.into()
        }
        (_, own) => own,
    }
}
