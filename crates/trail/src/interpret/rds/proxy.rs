//! Proxies between applications and databases.

use trailhound_model::kinds::rds::{self, PROXY};
use trailhound_model::{Birth, ResourceId, Why};

use super::name;
use crate::interpret::draft::{Does, Stated, Unplaced, Verb};
use crate::interpret::{Draft, Event};

pub(super) const CREATES: &[Does] = &[Does { verb: Verb::Creates, kind: &PROXY, facets: &[] }];
pub(super) const DELETES: &[Does] = &[Does { verb: Verb::Deletes, kind: &PROXY, facets: &[] }];

/// A change of settings, and the new life that a change of the name begins.
pub(super) const MODIFIES: &[Does] = &[
    Does { verb: Verb::Sets, kind: &PROXY, facets: &[&rds::REQUIRE_TLS.def] },
    Does { verb: Verb::Creates, kind: &PROXY, facets: &[] },
    Does { verb: Verb::Deletes, kind: &PROXY, facets: &[] },
];

pub(super) fn create(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    draft.on(proxy(event)?).create(Birth::Certain, Stated::new().value_if(&rds::REQUIRE_TLS, required(event)));
    Ok(())
}

pub(super) fn delete(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    draft.on(proxy(event)?).delete();
    Ok(())
}

pub(super) fn modify(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let resource = proxy(event)?;
    if let Some(new) = event.request.text("newDBProxyName") {
        draft.on(resource).delete();
        let stated = match required(event) {
            Some(on) => Stated::new().value(&rds::REQUIRE_TLS, on),
            None => Stated::new().unread(&rds::REQUIRE_TLS, Why::DependsOn("what it was under its former name".into())),
        };
        draft.on(event.resource(&PROXY, &name(new))).create(Birth::Certain, stated);
        return Ok(());
    }
    draft.on(resource).set_if(&rds::REQUIRE_TLS, required(event));
    Ok(())
}

/// What was asked for, or else what the response shows, in some records under the proxy's own name.
fn required(event: &Event<'_>) -> Option<bool> {
    let shown = event.response.at(&["dBProxy"]);
    let asked = event.request.flag("requireTLS");
    asked.or_else(|| shown.flag("requireTLS")).or_else(|| event.response.flag("requireTLS"))
}

fn proxy(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let id = event.request.text("dBProxyName").ok_or(Unplaced { missing: "dBProxyName" })?;
    Ok(event.resource(&PROXY, &name(id)))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::meaning;

    // Derived from the API model: none of these was observed.

    fn told(name: &str, rest: &str) -> Vec<String> {
        meaning(&format!(r#"{{"eventSource":"rds.amazonaws.com","eventName":"{name}",{rest}}}"#))
    }

    #[test]
    fn a_proxy_asks_for_tls_or_not() {
        assert_eq!(
            told("CreateDBProxy", r#""requestParameters":{"dBProxyName":"Front","engineFamily":"POSTGRESQL"}"#),
            ["DBProxy front create Certain"]
        );
        assert_eq!(
            told("CreateDBProxy", r#""requestParameters":{"dBProxyName":"front","requireTLS":true}"#),
            ["DBProxy front create Certain; RequireTLS true"]
        );
        for response in [r#"{"requireTLS":true}"#, r#"{"dBProxy":{"requireTLS":true}}"#] {
            assert_eq!(
                told(
                    "ModifyDBProxy",
                    &format!(
                        r#""requestParameters":{{"dBProxyName":"front","idleClientTimeout":60}},"responseElements":{response}"#
                    )
                ),
                ["DBProxy front set RequireTLS true"]
            );
        }
        assert_eq!(told("DeleteDBProxy", r#""requestParameters":{"dBProxyName":"front"}"#), ["DBProxy front delete"]);
    }

    #[test]
    fn a_new_name_is_a_new_life() {
        assert_eq!(
            told(
                "ModifyDBProxy",
                r#""requestParameters":{"dBProxyName":"front","newDBProxyName":"back","requireTLS":false}"#
            ),
            ["DBProxy front delete", "DBProxy back create Certain; RequireTLS false"]
        );
        let lines = told("ModifyDBProxy", r#""requestParameters":{"dBProxyName":"front","newDBProxyName":"back"}"#);
        assert!(lines[1].contains("RequireTLS Unread(DependsOn("), "{lines:?}");
    }
}
