//! `lambda.amazonaws.com`: functions, their permissions and their URLs.
//!
//! CloudTrail never shows environment variables: `environment` is `{}` whether there are any or not.

use trailhound_model::kinds::lambda::{self, FUNCTION, LATEST, LAYER_VERSION};
use trailhound_model::{Birth, ResourceId, Text, Value, Why};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::pipeline::TOUCHED;
use super::{Body, Event};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateFunction20150331",
        does: &[Does { verb: Verb::Creates, kind: &FUNCTION, facets: &[] }],
        interpret: |event, draft| {
            let stated =
                Stated::new().unread(&lambda::ENVIRONMENT_SECRETS, Why::Hidden).value_if(&lambda::VPC, vpc(event));
            draft.on(Name::of(event)?.function).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "UpdateFunctionConfiguration20150331v2",
        does: &[
            Does { verb: Verb::Sets, kind: &FUNCTION, facets: &[&lambda::VPC.def] },
            Does { verb: Verb::Stales, kind: &FUNCTION, facets: &[&lambda::ENVIRONMENT_SECRETS.def] },
            TOUCHED,
        ],
        interpret: |event, draft| {
            let mut on = draft.on(Name::of(event)?.function);
            on.stale(&lambda::ENVIRONMENT_SECRETS, Why::Hidden);
            match vpc(event) {
                Some(vpc) => on.set(&lambda::VPC, vpc),
                // Empty lists take the function out of its network.
                None if event.request.at(&["vpcConfig"]).is_present() => on.clear(&lambda::VPC),
                None => &mut on,
            };
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteFunction20150331",
        does: &[
            Does { verb: Verb::Deletes, kind: &FUNCTION, facets: &[] },
            Does { verb: Verb::Patches, kind: &FUNCTION, facets: &[&lambda::PERMISSIONS.def] },
            TOUCHED,
        ],
        interpret: |event, draft| {
            let name = Name::of(event)?;
            match name.qualifier {
                // Only that version is deleted.
                Some(version) => draft.on(name.function).remove_by(&lambda::PERMISSIONS, "Qualifier", version),
                None => draft.on(name.function).delete(),
            };
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteAlias20150331",
        does: &[Does { verb: Verb::Patches, kind: &FUNCTION, facets: &[&lambda::PERMISSIONS.def, &lambda::URLS.def] }],
        interpret: |event, draft| {
            let alias = event.request.text("name").ok_or(Unplaced { missing: "requestParameters.name" })?;
            draft
                .on(Name::of(event)?.function)
                .remove_by(&lambda::PERMISSIONS, "Qualifier", alias)
                .remove(&lambda::URLS, alias);
            Ok(())
        },
    },
    EventSpec {
        name: "AddPermission20150331v2",
        does: &[Does { verb: Verb::Patches, kind: &FUNCTION, facets: &[&lambda::PERMISSIONS.def] }],
        interpret: |event, draft| {
            let name = Name::of(event)?;
            let sid = event.request.text("statementId");
            match event.response.document("statement") {
                Ok(Some(statement)) => {
                    let sid = statement.get("Sid").and_then(Value::as_str).or(sid);
                    let sid = sid.ok_or(Unplaced { missing: "responseElements.statement.Sid" })?;
                    let (key, entry) = name.permission(sid, statement.clone());
                    draft.on(name.function).put(&lambda::PERMISSIONS, key, entry);
                }
                Ok(None) => _ = draft.on(name.function).stale(&lambda::PERMISSIONS, Why::Touched),
                Err(_) => {
                    let why = Why::NotUnderstood("the statement is not JSON".into());
                    draft.on(name.function).stale(&lambda::PERMISSIONS, why);
                }
            }
            Ok(())
        },
    },
    EventSpec {
        name: "RemovePermission20150331v2",
        does: &[Does { verb: Verb::Patches, kind: &FUNCTION, facets: &[&lambda::PERMISSIONS.def] }, TOUCHED],
        interpret: |event, draft| {
            let name = Name::of(event)?;
            match event.request.text("statementId") {
                Some(sid) => _ = draft.on(name.function.clone()).remove(&lambda::PERMISSIONS, name.key(sid)),
                None => _ = draft.on(name.function).stale(&lambda::PERMISSIONS, Why::Touched),
            }
            Ok(())
        },
    },
    // Derived from the API model. Replaces the whole policy of the function, version or alias.
    EventSpec {
        name: "PutResourcePolicy",
        does: &[Does { verb: Verb::Patches, kind: &FUNCTION, facets: &[&lambda::PERMISSIONS.def] }],
        interpret: |event, draft| {
            let Some(name) = Name::of_resource(event)? else { return Ok(()) };
            let Ok(Some(document)) = event.request.document("policy") else {
                let why = Why::NotUnderstood("the policy is not JSON".into());
                draft.on(name.function).stale(&lambda::PERMISSIONS, why);
                return Ok(());
            };
            let mut on = draft.on(name.function.clone());
            on.remove_by(&lambda::PERMISSIONS, "Qualifier", name.qualifier());
            for (sid, statement) in statements(&document) {
                let (key, entry) = name.permission(&sid, statement);
                on.put(&lambda::PERMISSIONS, key, entry);
            }
            Ok(())
        },
    },
    // Derived from the API model.
    EventSpec {
        name: "DeleteResourcePolicy",
        does: &[Does { verb: Verb::Patches, kind: &FUNCTION, facets: &[&lambda::PERMISSIONS.def] }],
        interpret: |event, draft| {
            let Some(name) = Name::of_resource(event)? else { return Ok(()) };
            let qualifier = name.qualifier().to_owned();
            draft.on(name.function).remove_by(&lambda::PERMISSIONS, "Qualifier", qualifier);
            Ok(())
        },
    },
    EventSpec {
        name: "CreateFunctionUrlConfig",
        does: &[Does { verb: Verb::Patches, kind: &FUNCTION, facets: &[&lambda::URLS.def] }],
        interpret: put_url,
    },
    EventSpec {
        name: "UpdateFunctionUrlConfig",
        does: &[Does { verb: Verb::Patches, kind: &FUNCTION, facets: &[&lambda::URLS.def] }],
        interpret: put_url,
    },
    EventSpec {
        name: "DeleteFunctionUrlConfig",
        does: &[Does { verb: Verb::Patches, kind: &FUNCTION, facets: &[&lambda::URLS.def] }],
        interpret: |event, draft| {
            let name = Name::of(event)?;
            let qualifier = name.qualifier().to_owned();
            draft.on(name.function).remove(&lambda::URLS, qualifier);
            Ok(())
        },
    },
    EventSpec {
        name: "PublishLayerVersion20181031",
        does: &[Does { verb: Verb::Creates, kind: &LAYER_VERSION, facets: &[] }],
        interpret: |event, draft| {
            let missing = Unplaced { missing: "responseElements.layerVersionArn" };
            let arn = event.response.text("layerVersionArn").ok_or(missing)?;
            draft.on(layer_version(event, arn, None)?).create(Birth::Certain, Stated::new());
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteLayerVersion20181031",
        does: &[Does { verb: Verb::Deletes, kind: &LAYER_VERSION, facets: &[] }],
        interpret: |event, draft| {
            draft.on(named_layer_version(event)?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "AddLayerVersionPermission20181031",
        does: &[Does { verb: Verb::Patches, kind: &LAYER_VERSION, facets: &[&lambda::LAYER_PERMISSIONS.def] }],
        interpret: |event, draft| {
            let mut on = draft.on(named_layer_version(event)?);
            let sid = event.request.text("statementId");
            match (event.response.document("statement"), sid) {
                (Ok(Some(statement)), Some(sid)) => on.put(&lambda::LAYER_PERMISSIONS, sid, statement),
                _ => on.stale(&lambda::LAYER_PERMISSIONS, Why::Touched),
            };
            Ok(())
        },
    },
    EventSpec {
        name: "RemoveLayerVersionPermission20181031",
        does: &[Does { verb: Verb::Patches, kind: &LAYER_VERSION, facets: &[&lambda::LAYER_PERMISSIONS.def] }],
        interpret: |event, draft| {
            let missing = Unplaced { missing: "requestParameters.statementId" };
            let sid = event.request.text("statementId").ok_or(missing)?;
            draft.on(named_layer_version(event)?).remove(&lambda::LAYER_PERMISSIONS, sid);
            Ok(())
        },
    },
    // These matter only to the pipeline's own functions.
    EventSpec { name: "DeleteEventSourceMapping20150331", does: &[TOUCHED], interpret: |_, _| Ok(()) },
    EventSpec { name: "PutFunctionConcurrency20171031", does: &[TOUCHED], interpret: |_, _| Ok(()) },
    EventSpec { name: "UpdateEventSourceMapping20150331", does: &[TOUCHED], interpret: |_, _| Ok(()) },
    EventSpec { name: "UpdateFunctionCode20150331v2", does: &[TOUCHED], interpret: |_, _| Ok(()) },
];

fn put_url(event: &Event<'_>, draft: &mut super::Draft) -> Result<(), Unplaced> {
    let name = Name::of(event)?;
    // An update may leave it out; the response always has it.
    if let Some(auth) = event.response.text("authType").or_else(|| event.request.text("authType")) {
        let qualifier = name.qualifier().to_owned();
        draft.on(name.function).put(&lambda::URLS, qualifier, auth);
    }
    Ok(())
}

/// A function as a call names it: `name`, `name:alias`, `account:function:name` or its ARN, each with or without a version
/// or alias at its end, or with that in a member of its own.
struct Name {
    function: ResourceId,
    /// The version or alias.
    qualifier: Option<String>,
}

impl Name {
    fn of(event: &Event<'_>) -> Result<Self, Unplaced> {
        let missing = Unplaced { missing: "requestParameters.functionName" };
        let named = event.request.text("functionName").or_else(|| event.response.text("functionName"));
        let mut name = Self::parse(event, named.ok_or(missing)?);
        if let Some(qualifier) = event.request.text("qualifier").filter(|text| !text.is_empty()) {
            name.qualifier = Some(qualifier.to_owned());
        }
        name.qualifier = name.qualifier.filter(|qualifier| qualifier != LATEST);
        Ok(name)
    }

    /// The function of a `resourceArn`; nothing if it is another kind of resource (a layer).
    fn of_resource(event: &Event<'_>) -> Result<Option<Self>, Unplaced> {
        let arn = event.request.text("resourceArn").ok_or(Unplaced { missing: "requestParameters.resourceArn" })?;
        Ok(arn.contains(":function:").then(|| Self::parse(event, arn)))
    }

    fn parse(event: &Event<'_>, text: &str) -> Self {
        let (before, rest) = text.rsplit_once("function:").map_or(("", text), |(before, rest)| (before, rest));
        let (id, qualifier) = rest.split_once(':').map_or((rest, None), |(id, qualifier)| (id, Some(qualifier)));
        let mut function = event.resource_of_arn(&FUNCTION, if before.starts_with("arn:") { text } else { "" }, id);
        // A partial ARN begins with the account.
        if let Some(account) = before.strip_suffix(':').filter(|account| is_account(account)) {
            function.account = account.into();
        }
        Self { function, qualifier: qualifier.map(str::to_owned) }
    }

    fn qualifier(&self) -> &str {
        self.qualifier.as_deref().unwrap_or(LATEST)
    }

    /// The key of a statement.
    fn key(&self, sid: &str) -> Text {
        self.qualifier.as_deref().map_or_else(|| sid.into(), |qualifier| format!("{qualifier}/{sid}").into())
    }

    /// The entry for a statement.
    fn permission(&self, sid: &str, statement: Value) -> (Text, Value) {
        permission(self.qualifier(), sid, statement)
    }
}

/// The version of a layer that a request names: by the layer's name or ARN, and a number.
fn named_layer_version(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let layer = event.request.text("layerName").ok_or(Unplaced { missing: "requestParameters.layerName" })?;
    layer_version(event, layer, event.request.scalar("versionNumber"))
}

fn layer_version(event: &Event<'_>, layer: &str, version: Option<String>) -> Result<ResourceId, Unplaced> {
    let name = layer.split_once(":layer:").map_or(layer, |(_, name)| name);
    let id = match version {
        Some(version) if !name.contains(':') => format!("{name}:{version}"),
        None if !name.contains(':') => return Err(Unplaced { missing: "requestParameters.versionNumber" }),
        _ => name.to_owned(),
    };
    Ok(event.resource_of_arn(&LAYER_VERSION, if layer.starts_with("arn:") { layer } else { "" }, &id))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The subnets, if the call shows any.
fn vpc(event: &Event<'_>) -> Option<Value> {
    [event.response, event.request].into_iter().find_map(shown_vpc)
}

/// The subnets, if a body shows any.
#[must_use]
pub fn shown_vpc(body: Body<'_>) -> Option<Value> {
    let subnets = body.at(&["vpcConfig"]).texts("subnetIds");
    (!subnets.is_empty()).then(|| Value::map([("SubnetIds", Some(subnets.into()))]))
}

/// A statement of the policy of a function, version or alias as an entry, with its key.
#[must_use]
pub fn permission(qualifier: &str, sid: &str, statement: Value) -> (Text, Value) {
    let key = if qualifier == LATEST { sid.into() } else { format!("{qualifier}/{sid}").into() };
    (key, Value::map([("Qualifier", Some(qualifier.into())), ("Statement", Some(statement))]))
}

/// The statements of a policy, each with its `Sid` or else its number.
pub fn statements(document: &Value) -> impl Iterator<Item = (String, Value)> {
    Body::new(Some(document)).list("Statement").into_iter().enumerate().map(|(index, statement)| {
        let sid = statement.text("Sid").map_or_else(|| format!("#{}", index + 1), str::to_owned);
        (sid, statement.to_value().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, members: &str) -> Vec<String> {
        testing::told(&format!(r#"{{"eventSource":"lambda.amazonaws.com","eventName":"{name}",{members}}}"#))
    }

    #[test]
    fn a_new_function_hides_its_environment() {
        assert_eq!(
            told(
                "CreateFunction20150331",
                r#""requestParameters":{"functionName":"api","runtime":"nodejs22.x","environment":{},"publish":false},
                   "responseElements":{"functionName":"api","functionArn":"arn:aws:lambda:eu-west-1:111122223333:function:api",
                   "environment":{},"version":"$LATEST"}"#
            ),
            ["Function api create Certain", "Function api   EnvironmentSecrets Unread(Hidden)"]
        );
        assert_eq!(
            told(
                "CreateFunction20150331",
                r#""requestParameters":{"functionName":"api","vpcConfig":{"subnetIds":["subnet-1"],"securityGroupIds":["sg-1"]}},
                   "responseElements":{"vpcConfig":{"subnetIds":["subnet-1"],"securityGroupIds":["sg-1"],"vpcId":"vpc-1"}}"#
            ),
            [
                "Function api create Certain",
                "Function api   EnvironmentSecrets Unread(Hidden)",
                r#"Function api   VpcConfig {"SubnetIds":["subnet-1"]}"#
            ]
        );
    }

    #[test]
    fn a_configuration_call_says_nothing_about_a_network_that_it_leaves_out() {
        let stale = "Function api stale EnvironmentSecrets hidden";
        for (request, response, network) in [
            (
                r#"{"functionName":"api","timeout":10,"environment":{}}"#,
                r#"{"functionName":"api","environment":{}}"#,
                None,
            ),
            (
                r#"{"functionName":"api","vpcConfig":{"subnetIds":[],"securityGroupIds":[]}}"#,
                "null",
                Some("clear VpcConfig"),
            ),
            (
                r#"{"functionName":"api","timeout":10}"#,
                r#"{"vpcConfig":{"subnetIds":["subnet-2"]}}"#,
                Some(r#"set VpcConfig {"SubnetIds":["subnet-2"]}"#),
            ),
        ] {
            let network = network.map(|words| format!("Function api {words}"));
            let expected: Vec<String> = [stale.to_owned()].into_iter().chain(network).collect();
            let members = format!(r#""requestParameters":{request},"responseElements":{response}"#);
            assert_eq!(told("UpdateFunctionConfiguration20150331v2", &members), expected, "{request}");
        }
    }

    #[test]
    fn a_function_goes_by_many_names() {
        for (named, line) in [
            (r#""functionName":"api""#, "Function api delete"),
            (r#""functionName":"111122223333:function:api""#, "Function api delete"),
            (r#""functionName":"arn:aws:lambda:eu-west-1:111122223333:function:api""#, "Function api delete"),
            (
                r#""functionName":"arn:aws:lambda:eu-west-1:444455556666:function:api""#,
                "Function api@444455556666/eu-west-1 delete",
            ),
            (r#""functionName":"444455556666:function:api""#, "Function api@444455556666/eu-west-1 delete"),
            (r#""functionName":"api","qualifier":"$LATEST""#, "Function api delete"),
            // A version of its own, and its policy with it.
            (r#""functionName":"api","qualifier":"3""#, r#"Function api remove Policy Qualifier="3""#),
            (r#""functionName":"api:3""#, r#"Function api remove Policy Qualifier="3""#),
            (
                r#""functionName":"arn:aws:lambda:eu-west-1:111122223333:function:api:3""#,
                r#"Function api remove Policy Qualifier="3""#,
            ),
            (
                r#""name":"api""#,
                "nothing: the record does not name its resource: `requestParameters.functionName` is missing",
            ),
        ] {
            assert_eq!(
                told("DeleteFunction20150331", &format!(r#""requestParameters":{{{named}}}"#)),
                [line],
                "{named}"
            );
        }
    }

    #[test]
    fn the_statement_of_a_permission_is_in_the_response() {
        let statement =
            r#"{\"Sid\":\"open\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"lambda:InvokeFunction\"}"#;
        for (qualifier, key, of) in [("", "open", "$LATEST"), (r#","qualifier":"live""#, "live/open", "live")] {
            let members = format!(
                r#""requestParameters":{{"functionName":"api","statementId":"open","action":"lambda:InvokeFunction","principal":"*"{qualifier}}},
                   "responseElements":{{"statement":"{statement}"}}"#
            );
            let line = format!(
                concat!(
                    r#"Function api put Policy {key} {{"Qualifier":"{of}","Statement":"#,
                    r#"{{"Action":"lambda:InvokeFunction","Effect":"Allow","Principal":"*","Sid":"open"}}}}"#
                ),
                key = key,
                of = of
            );
            assert_eq!(told("AddPermission20150331v2", &members), [line]);
        }
        // Older records, and some tools that cut them, have no response.
        assert_eq!(
            told("AddPermission20150331", r#""requestParameters":{"functionName":"api"},"responseElements":null"#),
            ["Function api stale Policy touched"]
        );
    }

    #[test]
    fn a_removed_statement_leaves_the_others() {
        for (qualifier, key) in [("", "open"), (r#","qualifier":"live""#, "live/open")] {
            let members = format!(r#""requestParameters":{{"functionName":"api","statementId":"open"{qualifier}}}"#);
            assert_eq!(told("RemovePermission20150331v2", &members), [format!("Function api remove Policy {key}")]);
        }
        assert_eq!(
            told("RemovePermission20150331v2", r#""requestParameters":{"functionName":"api"}"#),
            ["Function api stale Policy touched"]
        );
    }

    #[test]
    fn the_back_door_of_a_real_attack_is_seen_to_open_and_close() {
        let Some(told) = testing::attack("lambda.amazonaws.com") else { return };
        let of = |call: &str| -> Vec<&str> {
            let calls = told.iter().filter(|(name, _)| name.starts_with(call));
            calls.flat_map(|(_, lines)| lines).filter(|line| !line.contains("failed")).map(|line| &**line).collect()
        };
        let function = "Function stratus-red-team-backdoor-f-func@123837392027/us-east-1";
        let [opened] = of("AddPermission")[..] else { panic!("{told:?}") };
        assert!(opened.starts_with(&format!("{function} put Policy backdoor ")), "{opened}");
        assert!(opened.contains(r#""Principal":"*""#), "{opened}");
        assert_eq!(of("RemovePermission"), [format!("{function} remove Policy backdoor")]);
        assert_eq!(of("CreateFunction").iter().filter(|line| line.contains("create Certain")).count(), 2);
        assert_eq!(of("DeleteFunction").iter().filter(|line| line.ends_with(" delete")).count(), 2);
    }

    #[test]
    fn real_calls_name_their_function() {
        let Some(told) = testing::collected("lambda.amazonaws.com") else { return };
        let unplaced: Vec<_> =
            told.iter().filter(|(_, lines)| lines.iter().any(|line| line.contains("is missing"))).collect();
        assert!(told.len() > 20 && unplaced.is_empty(), "{unplaced:?}");
    }

    #[test]
    fn a_policy_put_whole_replaces_that_of_its_qualifier() {
        assert_eq!(
            told(
                "PutResourcePolicy",
                r#""requestParameters":{"resourceArn":"arn:aws:lambda:eu-west-1:111122223333:function:api:live",
                   "policy":"{\"Statement\":{\"Effect\":\"Allow\"}}"}"#
            ),
            [
                r#"Function api remove Policy Qualifier="live""#,
                r##"Function api put Policy live/#1 {"Qualifier":"live","Statement":{"Effect":"Allow"}}"##
            ]
        );
        assert_eq!(
            told(
                "DeleteResourcePolicy",
                r#""requestParameters":{"resourceArn":"arn:aws:lambda:eu-west-1:111122223333:function:api"}"#
            ),
            [r#"Function api remove Policy Qualifier="$LATEST""#]
        );
        assert_eq!(
            told(
                "DeleteResourcePolicy",
                r#""requestParameters":{"resourceArn":"arn:aws:lambda:eu-west-1:111122223333:layer:lib:1"}"#
            ),
            ["nothing: no_effect"]
        );
    }

    #[test]
    fn a_version_of_a_layer_has_a_policy_of_its_own() {
        let statement = r#"{\"Sid\":\"all\",\"Principal\":\"*\"}"#;
        let arn = "arn:aws:lambda:eu-west-1:111122223333:layer:lib";
        for (name, request, response, line) in [
            (
                "PublishLayerVersion20181031",
                r#""layerName":"lib""#,
                format!(r#""layerVersionArn":"{arn}:7""#),
                "create Certain",
            ),
            (
                "AddLayerVersionPermission20181031",
                r#""layerName":"lib","versionNumber":7,"statementId":"all","principal":"*""#,
                format!(r#""statement":"{statement}""#),
                r#"put Policy all {"Principal":"*","Sid":"all"}"#,
            ),
            (
                "RemoveLayerVersionPermission20181031",
                r#""layerName":"lib","versionNumber":"7","statementId":"all""#,
                String::new(),
                "remove Policy all",
            ),
            (
                "DeleteLayerVersion20181031",
                r#""layerName":"arn:aws:lambda:eu-west-1:111122223333:layer:lib","versionNumber":7"#,
                String::new(),
                "delete",
            ),
        ] {
            let members = format!(r#""requestParameters":{{{request}}},"responseElements":{{{response}}}"#);
            assert_eq!(told(name, &members), [format!("LayerVersion lib:7 {line}")]);
        }
        assert_eq!(
            told("DeleteLayerVersion20181031", r#""requestParameters":{"layerName":"lib"}"#),
            ["nothing: the record does not name its resource: `requestParameters.versionNumber` is missing"]
        );
    }

    #[test]
    fn a_url_belongs_to_the_function_or_to_an_alias() {
        for (name, members, line) in [
            (
                "CreateFunctionUrlConfig",
                r#""requestParameters":{"functionName":"api","authType":"NONE"}"#,
                r#"put FunctionUrls $LATEST "NONE""#,
            ),
            (
                "CreateFunctionUrlConfig",
                r#""requestParameters":{"functionName":"api","qualifier":"live","authType":"NONE"}"#,
                r#"put FunctionUrls live "NONE""#,
            ),
            (
                "UpdateFunctionUrlConfig",
                r#""requestParameters":{"functionName":"api","invokeMode":"BUFFERED"},"responseElements":{"authType":"AWS_IAM"}"#,
                r#"put FunctionUrls $LATEST "AWS_IAM""#,
            ),
            ("DeleteFunctionUrlConfig", r#""requestParameters":{"functionName":"api"}"#, "remove FunctionUrls $LATEST"),
        ] {
            assert_eq!(told(name, members), [format!("Function api {line}")]);
        }
        assert_eq!(
            told("DeleteAlias20150331", r#""requestParameters":{"functionName":"api","name":"live"}"#),
            [r#"Function api remove Policy Qualifier="live""#, "Function api remove FunctionUrls live"]
        );
        // It states nothing that is kept.
        assert_eq!(
            told("UpdateFunctionUrlConfig", r#""requestParameters":{"functionName":"api","invokeMode":"BUFFERED"}"#),
            ["nothing: no_effect"]
        );
    }
}
