//! `elasticloadbalancing.amazonaws.com`: load balancers and listeners.
//!
//! The classic service and version 2 share the event source and some names; a version 2 call names its load balancer by
//! ARN, a classic one by name. Listeners and rules were derived from the API model.

use trailhound_model::kinds::elb::{self, CLASSIC_LOAD_BALANCER, LISTENER, LOAD_BALANCER};
use trailhound_model::{Birth, FacetDef, KindDef, Map, ResourceId, Text, Value};

use super::draft::{Does, EventSpec, On, Stated, Unplaced, Verb};
use super::{Body, Event};

/// What `CreateListener` and `ModifyListener` may state.
const STATED: &[&FacetDef] = &[&elb::PROTOCOL.def, &elb::SSL_POLICY.def, &elb::DEFAULT_ACTIONS.def];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateLoadBalancer",
        does: &[
            Does { verb: Verb::Creates, kind: &CLASSIC_LOAD_BALANCER, facets: &[] },
            Does { verb: Verb::Creates, kind: &LOAD_BALANCER, facets: &[] },
        ],
        interpret: |event, draft| {
            // A second call with the same settings succeeds, in both services.
            if let Some(name) = event.request.text("loadBalancerName") {
                let listeners: Map = classic_listeners(event).collect();
                let stated = Stated::new().value(&elb::CLASSIC_LISTENERS, listeners);
                draft.on(event.resource(&CLASSIC_LOAD_BALANCER, name)).create(Birth::Repeatable, stated);
            }
            for created in event.response.list("loadBalancers") {
                let arn = created.text("loadBalancerArn");
                let id = named(event, &LOAD_BALANCER, "loadbalancer/", arn);
                let id = id.ok_or(Unplaced { missing: "responseElements.loadBalancers.loadBalancerArn" })?;
                draft.on(id).create(Birth::Repeatable, Stated::new());
            }
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteLoadBalancer",
        does: &[
            Does { verb: Verb::Deletes, kind: &CLASSIC_LOAD_BALANCER, facets: &[] },
            Does { verb: Verb::Deletes, kind: &LOAD_BALANCER, facets: &[] },
        ],
        interpret: |event, draft| {
            if let Some(name) = event.request.text("loadBalancerName") {
                draft.on(event.resource(&CLASSIC_LOAD_BALANCER, name)).delete();
            }
            let arn = event.request.text("loadBalancerArn");
            if let Some(id) = named(event, &LOAD_BALANCER, "loadbalancer/", arn) {
                draft.on(id).delete();
            }
            Ok(())
        },
    },
    EventSpec {
        name: "CreateLoadBalancerListeners",
        does: &[Does { verb: Verb::Patches, kind: &CLASSIC_LOAD_BALANCER, facets: &[&elb::CLASSIC_LISTENERS.def] }],
        interpret: |event, draft| {
            let mut on = draft.on(classic(event)?);
            for (port, listener) in classic_listeners(event) {
                on.put(&elb::CLASSIC_LISTENERS, port, listener);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteLoadBalancerListeners",
        does: &[Does { verb: Verb::Patches, kind: &CLASSIC_LOAD_BALANCER, facets: &[&elb::CLASSIC_LISTENERS.def] }],
        interpret: |event, draft| {
            let mut on = draft.on(classic(event)?);
            for port in event.request.list("loadBalancerPorts").into_iter().filter_map(Body::as_int) {
                on.remove(&elb::CLASSIC_LISTENERS, port.to_string());
            }
            Ok(())
        },
    },
    EventSpec {
        name: "CreateListener",
        does: &[Does { verb: Verb::Creates, kind: &LISTENER, facets: &[] }],
        interpret: |event, draft| {
            let created = event.response.list("listeners").into_iter().next().unwrap_or_default();
            let id = listener(event, created.text("listenerArn"))
                .ok_or(Unplaced { missing: "responseElements.listeners.listenerArn" })?;
            let shown = |name| first(created, event.request, name);
            let stated = Stated::new()
                .value_if(&elb::PROTOCOL, shown("protocol"))
                .value_if(&elb::SSL_POLICY, shown("sslPolicy"))
                .value_if(&elb::DEFAULT_ACTIONS, actions(created, event.request, "defaultActions"));
            draft.on(id).create(Birth::Repeatable, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "ModifyListener",
        does: &[Does { verb: Verb::Sets, kind: &LISTENER, facets: STATED }],
        interpret: |event, draft| {
            let id = listener(event, event.request.text("listenerArn"))
                .ok_or(Unplaced { missing: "requestParameters.listenerArn" })?;
            let modified = event.response.list("listeners").into_iter().next().unwrap_or_default();
            let mut on = draft.on(id);
            on.set_if(&elb::PROTOCOL, first(modified, event.request, "protocol"));
            on.set_if(&elb::DEFAULT_ACTIONS, actions(modified, event.request, "defaultActions"));
            ssl_policy(&mut on, modified, event.request);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteListener",
        does: &[Does { verb: Verb::Deletes, kind: &LISTENER, facets: &[] }],
        interpret: |event, draft| {
            let id = listener(event, event.request.text("listenerArn"))
                .ok_or(Unplaced { missing: "requestParameters.listenerArn" })?;
            draft.on(id).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "CreateRule",
        does: &[Does { verb: Verb::Patches, kind: &LISTENER, facets: &[&elb::RULES.def] }],
        interpret: |event, draft| {
            let created = event.response.list("rules").into_iter().next().unwrap_or_default();
            let (id, rule) =
                rule(event, created.text("ruleArn")).ok_or(Unplaced { missing: "responseElements.rules.ruleArn" })?;
            let actions = actions(created, event.request, "actions").unwrap_or_default();
            draft.on(id).put(&elb::RULES, rule, actions);
            Ok(())
        },
    },
    EventSpec {
        name: "ModifyRule",
        does: &[Does { verb: Verb::Patches, kind: &LISTENER, facets: &[&elb::RULES.def] }],
        interpret: |event, draft| {
            let (id, rule) =
                rule(event, event.request.text("ruleArn")).ok_or(Unplaced { missing: "requestParameters.ruleArn" })?;
            let modified = event.response.list("rules").into_iter().next().unwrap_or_default();
            // A call that changes conditions only may leave the actions out.
            if let Some(actions) = actions(modified, event.request, "actions") {
                draft.on(id).put(&elb::RULES, rule, actions);
            }
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteRule",
        does: &[Does { verb: Verb::Patches, kind: &LISTENER, facets: &[&elb::RULES.def] }],
        interpret: |event, draft| {
            let (id, rule) =
                rule(event, event.request.text("ruleArn")).ok_or(Unplaced { missing: "requestParameters.ruleArn" })?;
            draft.on(id).remove(&elb::RULES, rule);
            Ok(())
        },
    },
];

fn classic(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let missing = Unplaced { missing: "requestParameters.loadBalancerName" };
    Ok(event.resource(&CLASSIC_LOAD_BALANCER, event.request.text("loadBalancerName").ok_or(missing)?))
}

/// The listeners of a classic load balancer that a call names, by port.
fn classic_listeners(event: &Event<'_>) -> impl Iterator<Item = (Text, Value)> {
    event.request.list("listeners").into_iter().filter_map(classic_listener)
}

/// A listener of a classic load balancer as an entry, by its port.
#[must_use]
pub fn classic_listener(listener: Body<'_>) -> Option<(Text, Value)> {
    let port = listener.int("loadBalancerPort")?;
    let protocol = listener.text("protocol")?;
    let entry = Value::map([("LoadBalancerPort", Some(port.into())), ("Protocol", Some(protocol.into()))]);
    Some((port.to_string().into(), entry))
}

/// The resource that an ARN names, if it is of the kind whose ARNs have `prefix` before the id.
fn named(event: &Event<'_>, kind: &'static KindDef, prefix: &str, arn: Option<&str>) -> Option<ResourceId> {
    let arn = arn?;
    let id = arn.splitn(6, ':').nth(5)?.strip_prefix(prefix)?;
    Some(event.resource_of_arn(kind, arn, id))
}

fn listener(event: &Event<'_>, arn: Option<&str>) -> Option<ResourceId> {
    named(event, &LISTENER, "listener/", arn)
}

/// The listener of a rule, and the rule's own id: its ARN is the listener's with one more part.
fn rule<'a>(event: &Event<'_>, arn: Option<&'a str>) -> Option<(ResourceId, &'a str)> {
    let (listener, rule) = arn?.rsplit_once('/')?;
    Some((named(event, &LISTENER, "listener-rule/", Some(listener))?, rule))
}

fn first<'a>(response: Body<'a>, request: Body<'a>, name: &str) -> Option<&'a str> {
    response.text(name).or_else(|| request.text(name))
}

/// A listener that stops being a TLS one has no policy any more: the response, which shows the listener as it is, leaves it
/// out.
fn ssl_policy(on: &mut On<'_>, response: Body<'_>, request: Body<'_>) {
    match first(response, request, "sslPolicy") {
        Some(policy) => on.set(&elb::SSL_POLICY, policy),
        None if response.text("protocol").is_some() => on.clear(&elb::SSL_POLICY),
        None => on,
    };
}

fn actions(response: Body<'_>, request: Body<'_>, name: &str) -> Option<Value> {
    [response, request].into_iter().find_map(|body| shown_actions(body, name))
}

/// The types of the actions and where redirects lead, if a body shows any; client secrets and the like stay behind.
#[must_use]
pub fn shown_actions(body: Body<'_>, name: &str) -> Option<Value> {
    let list = body.at(&[name]).is_present().then(|| body.list(name))?;
    let action = |action: Body<'_>| {
        let redirect = action.at(&["redirectConfig"]);
        let text = |name| redirect.text(name).map(Value::from);
        let redirect = redirect.is_present().then(|| Value::map([("Protocol", text("protocol"))]));
        Value::map([("Type", action.text("type").map(Value::from)), ("RedirectConfig", redirect)])
    };
    Some(list.into_iter().map(action).collect::<Vec<_>>().into())
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    const LOAD_BALANCER: &str =
        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/50dc6c495c0c9188";
    const LISTENER: &str =
        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2";
    const RULE: &str = concat!(
        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:",
        "listener-rule/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee"
    );

    fn told(name: &str, request: &str, response: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"elasticloadbalancing.amazonaws.com","eventName":"{name}","apiVersion":"2015-12-01",
                "requestParameters":{request},"responseElements":{response}}}"#
        ))
    }

    fn of_listener(words: &str) -> String {
        format!("Listener app/web/50dc6c495c0c9188/f2f7dc8efc522ab2 {words}")
    }

    #[test]
    fn a_load_balancer_is_named_by_its_arn() {
        let of = "LoadBalancer app/web/50dc6c495c0c9188";
        assert_eq!(
            told(
                "CreateLoadBalancer",
                r#"{"name":"web","scheme":"internet-facing"}"#,
                &format!(r#"{{"loadBalancers":[{{"loadBalancerArn":"{LOAD_BALANCER}","type":"application"}}]}}"#)
            ),
            [format!("{of} create Repeatable")]
        );
        assert_eq!(
            told("DeleteLoadBalancer", &format!(r#"{{"loadBalancerArn":"{LOAD_BALANCER}"}}"#), "null"),
            [format!("{of} delete")]
        );
    }

    #[test]
    fn a_classic_load_balancer_is_named_by_its_name() {
        let listeners = r#"[{"protocol":"HTTP","loadBalancerPort":80,"instancePort":80},{"protocol":"HTTPS","loadBalancerPort":443}]"#;
        let http = r#"{"LoadBalancerPort":80,"Protocol":"HTTP"}"#;
        for (name, request, lines) in [
            (
                "CreateLoadBalancer",
                format!(r#"{{"loadBalancerName":"old","listeners":{listeners}}}"#),
                vec![
                    "LoadBalancer old create Repeatable".to_owned(),
                    format!(
                        r#"LoadBalancer old   Listeners {{"443":{{"LoadBalancerPort":443,"Protocol":"HTTPS"}},"80":{http}}}"#
                    ),
                ],
            ),
            (
                "CreateLoadBalancerListeners",
                r#"{"loadBalancerName":"old","listeners":[{"protocol":"HTTP","loadBalancerPort":80}]}"#.to_owned(),
                vec![format!("LoadBalancer old put Listeners 80 {http}")],
            ),
            (
                "DeleteLoadBalancerListeners",
                r#"{"loadBalancerName":"old","loadBalancerPorts":[80,8080]}"#.to_owned(),
                vec![
                    "LoadBalancer old remove Listeners 80".to_owned(),
                    "LoadBalancer old remove Listeners 8080".to_owned(),
                ],
            ),
            (
                "DeleteLoadBalancer",
                r#"{"loadBalancerName":"old"}"#.to_owned(),
                vec!["LoadBalancer old delete".to_owned()],
            ),
        ] {
            assert_eq!(told(name, &request, "null"), lines);
        }
    }

    #[test]
    fn a_listener_keeps_types_and_redirects_and_no_client_secret() {
        let action =
            r#"{"type":"authenticate-oidc","authenticateOidcConfig":{"clientId":"a","clientSecret":"hunter2"}}"#;
        let told = told(
            "CreateListener",
            &format!(
                r#"{{"loadBalancerArn":"{LOAD_BALANCER}","protocol":"HTTPS","port":443,"defaultActions":[{action}]}}"#
            ),
            &format!(
                r#"{{"listeners":[{{"listenerArn":"{LISTENER}","protocol":"HTTPS","port":443,
                    "sslPolicy":"ELBSecurityPolicy-2016-08","defaultActions":[{action},
                    {{"type":"redirect","redirectConfig":{{"protocol":"HTTPS","port":"443","statusCode":"HTTP_301"}}}}]}}]}}"#
            ),
        );
        let expected = [
            "create Repeatable",
            r#"  Protocol "HTTPS""#,
            r#"  SslPolicy "ELBSecurityPolicy-2016-08""#,
            r#"  DefaultActions [{"Type":"authenticate-oidc"},{"RedirectConfig":{"Protocol":"HTTPS"},"Type":"redirect"}]"#,
        ];
        assert_eq!(told, expected.map(of_listener));
    }

    #[test]
    fn a_modified_listener_is_as_the_response_shows_it() {
        let request = format!(r#"{{"listenerArn":"{LISTENER}","port":80,"protocol":"HTTP"}}"#);
        let response = format!(
            r#"{{"listeners":[{{"listenerArn":"{LISTENER}","port":80,"protocol":"HTTP","defaultActions":[{{"type":"forward"}}]}}]}}"#
        );
        assert_eq!(
            told("ModifyListener", &request, &response),
            [
                of_listener(r#"set Protocol "HTTP""#),
                of_listener(r#"set DefaultActions [{"Type":"forward"}]"#),
                of_listener("clear SslPolicy")
            ]
        );
        // Without a response only what the request states is known.
        assert_eq!(
            told(
                "ModifyListener",
                &format!(r#"{{"listenerArn":"{LISTENER}","sslPolicy":"ELBSecurityPolicy-2015-05"}}"#),
                "null"
            ),
            [of_listener(r#"set SslPolicy "ELBSecurityPolicy-2015-05""#)]
        );
    }

    #[test]
    fn a_rule_belongs_to_the_listener_that_its_arn_begins_with() {
        let request = format!(r#"{{"ruleArn":"{RULE}"}}"#);
        let response =
            format!(r#"{{"rules":[{{"ruleArn":"{RULE}","priority":"10","actions":[{{"type":"forward"}}]}}]}}"#);
        let put = of_listener(r#"put Rules 9683b2d02a6cabee [{"Type":"forward"}]"#);
        assert_eq!(told("CreateRule", &format!(r#"{{"listenerArn":"{LISTENER}"}}"#), &response), [put.as_str()]);
        assert_eq!(told("ModifyRule", &request, &response), [put.as_str()]);
        assert_eq!(told("DeleteRule", &request, "null"), [of_listener("remove Rules 9683b2d02a6cabee")]);
        assert_eq!(
            told("DeleteListener", &format!(r#"{{"listenerArn":"{LISTENER}"}}"#), "null"),
            [of_listener("delete")]
        );
    }
}
