//! `es.amazonaws.com`: OpenSearch Service domains, by the calls of today's API and of the older Elasticsearch one.

use trailhound_model::kinds::opensearch::{self, DOMAIN};
use trailhound_model::{Birth, FacetDef, ResourceId, State, Value, Why};

use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::{Body, Draft, Event};

const FACETS: &[&FacetDef] = &[
    &opensearch::ENCRYPTION_AT_REST.def,
    &opensearch::ENFORCE_HTTPS.def,
    &opensearch::NODE_TO_NODE_ENCRYPTION.def,
    &opensearch::POLICY.def,
    &opensearch::SUBNETS.def,
    &opensearch::TLS_POLICY.def,
];

const CREATES: &[Does] = &[Does { verb: Verb::Creates, kind: &DOMAIN, facets: &[] }];
const DELETES: &[Does] = &[Does { verb: Verb::Deletes, kind: &DOMAIN, facets: &[] }];
const SETS: &[Does] = &[Does { verb: Verb::Sets, kind: &DOMAIN, facets: FACETS }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec { name: "CreateDomain", does: CREATES, interpret: create },
    EventSpec { name: "CreateElasticsearchDomain", does: CREATES, interpret: create },
    EventSpec { name: "DeleteDomain", does: DELETES, interpret: delete },
    EventSpec { name: "DeleteElasticsearchDomain", does: DELETES, interpret: delete },
    EventSpec { name: "UpdateDomainConfig", does: SETS, interpret: update },
    EventSpec { name: "UpdateElasticsearchDomainConfig", does: SETS, interpret: update },
];

fn create(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let shown = event.response.at(&["domainStatus"]);
    // The response wins: an empty member of the request stands for AWS's default.
    let stated = settings(event.request)
        .chain(settings(shown))
        .fold(Stated::new(), |stated, (facet, state)| stated.state(facet, state));
    draft.on(domain(event)?).create(Birth::Certain, stated);
    Ok(())
}

fn delete(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    draft.on(domain(event)?).delete();
    Ok(())
}

/// The response holds the whole configuration with what was asked for, each part under `options`. A part may take an hour
/// to be in force; AWS does not go back on it.
fn update(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    if event.request.flag("dryRun") == Some(true) {
        return Ok(());
    }
    let shown = event.response.at(&["domainConfig"]);
    let source = if shown.is_present() { shown } else { event.request };
    let mut on = draft.on(domain(event)?);
    for (facet, state) in settings(source) {
        on.set_state(facet, state);
    }
    Ok(())
}

/// What a request, a domain's status or its configuration says about the facets.
pub fn settings(body: Body<'_>) -> impl Iterator<Item = (&'static FacetDef, State)> {
    let part = |name: &str| {
        let part = body.at(&[name]);
        let options = part.at(&["options"]);
        // In a configuration `options` stands beside `status`, also where it is empty.
        if options.is_present() || part.at(&["status"]).is_present() { options } else { part }
    };
    let flag = |part: Body<'_>, name: &str| part.flag(name).map(|on| State::Known(Value::Bool(on)));
    let endpoint = part("domainEndpointOptions");
    let subnets = body.at(&["vPCOptions"]).is_present().then(|| match part("vPCOptions").texts("subnetIds") {
        none if none.is_empty() => State::Absent,
        subnets => State::Known(subnets.into()),
    });
    [
        (&opensearch::ENCRYPTION_AT_REST.def, flag(part("encryptionAtRestOptions"), "enabled")),
        (&opensearch::ENFORCE_HTTPS.def, flag(endpoint, "enforceHTTPS")),
        (&opensearch::NODE_TO_NODE_ENCRYPTION.def, flag(part("nodeToNodeEncryptionOptions"), "enabled")),
        (&opensearch::POLICY.def, policy(body)),
        (&opensearch::SUBNETS.def, subnets),
        (&opensearch::TLS_POLICY.def, endpoint.text("tLSSecurityPolicy").map(|name| State::Known(name.into()))),
    ]
    .into_iter()
    .filter_map(|(facet, state)| Some((facet, state?)))
}

/// The access policy: text, or in a configuration text under `options`.
fn policy(body: Body<'_>) -> Option<State> {
    let under_options = body.at(&["accessPolicies", "options"]).is_present();
    let (body, name) = if under_options { (body.at(&["accessPolicies"]), "options") } else { (body, "accessPolicies") };
    match body.document(name) {
        Ok(Some(document)) => Some(State::Known(document)),
        Ok(None) => body.at(&[name]).is_present().then_some(State::Absent),
        Err(_) => Some(State::Unread(Why::NotUnderstood("the document is not JSON".into()))),
    }
}

fn domain(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let status = event.response.at(&["domainStatus"]);
    let name = event.request.text("domainName").or_else(|| status.text("domainName"));
    Ok(event.resource(&DOMAIN, name.ok_or(Unplaced { missing: "domainName" })?))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::meaning;

    fn told(name: &str, rest: &str) -> Vec<String> {
        meaning(&format!(r#"{{"eventSource":"es.amazonaws.com","eventName":"{name}",{rest}}}"#))
    }

    const DOMAIN: &str = "Domain logs";

    #[test]
    fn creation() {
        let open = r#"{\"Statement\":[]}"#;
        for name in ["CreateDomain", "CreateElasticsearchDomain"] {
            let [line] = &told(
                name,
                &format!(
                    r#""requestParameters":{{"domainName":"logs","encryptionAtRestOptions":{{}},"accessPolicies":"{open}"}},
                       "responseElements":{{"domainStatus":{{"domainName":"logs","encryptionAtRestOptions":{{"enabled":false}},
                         "nodeToNodeEncryptionOptions":{{"enabled":false}},"accessPolicies":"{open}",
                         "domainEndpointOptions":{{"enforceHTTPS":true,"tLSSecurityPolicy":"Policy-Min-TLS-1-2-2019-07"}},
                         "vPCOptions":{{"vPCId":"vpc-1","subnetIds":["subnet-1","subnet-2"],"securityGroupIds":["sg-1"]}}}}}}"#
                ),
            )[..] else {
                panic!("one line");
            };
            for part in [
                "EncryptionAtRestOptions.Enabled false",
                "NodeToNodeEncryptionOptions.Enabled false",
                r#"AccessPolicies {"Statement":[]}"#,
                "DomainEndpointOptions.EnforceHTTPS true",
                r#"DomainEndpointOptions.TLSSecurityPolicy "Policy-Min-TLS-1-2-2019-07""#,
                r#"VPCOptions.SubnetIds ["subnet-1","subnet-2"]"#,
            ] {
                assert!(line.contains(part), "{part} in {line}");
            }
        }
        assert_eq!(
            told("CreateDomain", r#""requestParameters":{"domainName":"logs"}"#),
            [format!("{DOMAIN} create Certain")]
        );
    }

    #[test]
    fn updates_show_the_whole_configuration() {
        assert_eq!(
            told(
                "UpdateDomainConfig",
                r#""requestParameters":{"domainName":"logs","domainEndpointOptions":{"enforceHTTPS":true}},
                   "responseElements":{"domainConfig":{
                     "accessPolicies":{"options":"","status":{"state":"Active"}},
                     "domainEndpointOptions":{"options":{"enforceHTTPS":true,"tLSSecurityPolicy":"Policy-Min-TLS-1-0-2019-07"},
                       "status":{"state":"Processing"}},
                     "vPCOptions":{"options":{},"status":{"state":"Active"}}}}"#
            ),
            [
                format!("{DOMAIN} set DomainEndpointOptions.EnforceHTTPS true"),
                format!("{DOMAIN} clear AccessPolicies"),
                format!("{DOMAIN} clear VPCOptions.SubnetIds"),
                format!(r#"{DOMAIN} set DomainEndpointOptions.TLSSecurityPolicy "Policy-Min-TLS-1-0-2019-07""#),
            ]
        );
        assert_eq!(
            told(
                "UpdateElasticsearchDomainConfig",
                r#""requestParameters":{"domainName":"logs","accessPolicies":"{\"Statement\":[]}"},
                   "responseElements":{"domainConfig":{"accessPolicies":{"options":"{\"Statement\":[]}","status":{"state":"Processing"}}}}"#
            ),
            [format!(r#"{DOMAIN} set AccessPolicies {{"Statement":[]}}"#)]
        );
        assert_eq!(
            told(
                "UpdateDomainConfig",
                r#""requestParameters":{"domainName":"logs","nodeToNodeEncryptionOptions":{"enabled":true}}"#
            ),
            [format!("{DOMAIN} set NodeToNodeEncryptionOptions.Enabled true")]
        );
    }

    #[test]
    fn a_dry_run_changes_nothing() {
        assert_eq!(
            told(
                "UpdateDomainConfig",
                r#""requestParameters":{"domainName":"logs","dryRun":true,"nodeToNodeEncryptionOptions":{"enabled":true}}"#
            ),
            ["nothing: no_effect"]
        );
    }

    #[test]
    fn deletion() {
        for name in ["DeleteDomain", "DeleteElasticsearchDomain"] {
            assert_eq!(told(name, r#""requestParameters":{"domainName":"logs"}"#), [format!("{DOMAIN} delete")]);
        }
        assert_eq!(
            told("DeleteDomain", r#""requestParameters":{}"#),
            ["nothing: the record does not name its resource: `domainName` is missing"]
        );
    }
}
