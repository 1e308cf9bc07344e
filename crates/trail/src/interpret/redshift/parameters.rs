//! Parameter groups, of which only the parameter about TLS is kept.

use trailhound_model::kinds::redshift::{self, PARAMETER_GROUP, REQUIRE_SSL};
use trailhound_model::{Birth, FacetDef, ResourceId, Value};

use crate::interpret::draft::{Does, Stated, Unplaced, Verb};
use crate::interpret::{Body, Draft, Event};

const FACETS: &[&FacetDef] = &[&redshift::PARAMETERS.def];

pub(super) const CREATES: &[Does] = &[Does { verb: Verb::Creates, kind: &PARAMETER_GROUP, facets: &[] }];
pub(super) const DELETES: &[Does] = &[Does { verb: Verb::Deletes, kind: &PARAMETER_GROUP, facets: &[] }];
pub(super) const SETS: &[Does] = &[
    Does { verb: Verb::Sets, kind: &PARAMETER_GROUP, facets: FACETS },
    Does { verb: Verb::Patches, kind: &PARAMETER_GROUP, facets: FACETS },
];

pub(super) fn create(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let family = event.request.text("parameterGroupFamily").or_else(|| event.response.text("parameterGroupFamily"));
    let stated = Stated::new().value_if(&redshift::PARAMETER_FAMILY, family);
    draft.on(group(event)?).create(Birth::Certain, stated);
    Ok(())
}

pub(super) fn delete(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    draft.on(group(event)?).delete();
    Ok(())
}

pub(super) fn modify(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let mut on = draft.on(group(event)?);
    for parameter in event.request.list("parameters").into_iter().filter(is_kept) {
        if let Some(value) = parameter.scalar("parameterValue") {
            let entry = Value::map([
                ("ParameterName", Some(REQUIRE_SSL.into())),
                ("ParameterValue", Some(value.to_ascii_lowercase().into())),
            ]);
            on.put(&redshift::PARAMETERS, REQUIRE_SSL, entry);
        }
    }
    Ok(())
}

pub(super) fn reset(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let mut on = draft.on(group(event)?);
    if event.request.flag("resetAllParameters") == Some(true) {
        on.clear(&redshift::PARAMETERS);
    } else if event.request.list("parameters").iter().any(is_kept) {
        on.remove(&redshift::PARAMETERS, REQUIRE_SSL);
    }
    Ok(())
}

fn is_kept(parameter: &Body<'_>) -> bool {
    parameter.text("parameterName") == Some(REQUIRE_SSL)
}

fn group(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let name = event.request.text("parameterGroupName").ok_or(Unplaced { missing: "parameterGroupName" })?;
    Ok(event.resource(&PARAMETER_GROUP, &name.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::meaning;

    // Derived from the API model: none of these was observed.

    fn told(name: &str, request: &str) -> Vec<String> {
        meaning(&format!(
            r#"{{"eventSource":"redshift.amazonaws.com","eventName":"{name}","requestParameters":{request}}}"#
        ))
    }

    const GROUP: &str = "ClusterParameterGroup strict";

    #[test]
    fn a_group_and_its_one_parameter() {
        assert_eq!(
            told(
                "CreateClusterParameterGroup",
                r#"{"parameterGroupName":"Strict","parameterGroupFamily":"redshift-1.0","description":"d"}"#
            ),
            [format!(r#"{GROUP} create Certain; ParameterGroupFamily "redshift-1.0""#)]
        );
        assert_eq!(
            told(
                "ModifyClusterParameterGroup",
                r#"{"parameterGroupName":"strict","parameters":[
                    {"parameterName":"statement_timeout","parameterValue":"20000"},
                    {"parameterName":"require_ssl","parameterValue":"True"}]}"#
            ),
            [format!(
                r#"{GROUP} put Parameters require_ssl {{"ParameterName":"require_ssl","ParameterValue":"true"}}"#
            )]
        );
        assert_eq!(
            told(
                "ModifyClusterParameterGroup",
                r#"{"parameterGroupName":"strict","parameters":[{"parameterName":"search_path","parameterValue":"x"}]}"#
            ),
            ["nothing: no_effect"]
        );
        assert_eq!(
            told("DeleteClusterParameterGroup", r#"{"parameterGroupName":"strict"}"#),
            [format!("{GROUP} delete")]
        );
    }

    #[test]
    fn a_reset_brings_the_default_back() {
        assert_eq!(
            told("ResetClusterParameterGroup", r#"{"parameterGroupName":"strict","resetAllParameters":true}"#),
            [format!("{GROUP} clear Parameters")]
        );
        assert_eq!(
            told(
                "ResetClusterParameterGroup",
                r#"{"parameterGroupName":"strict","parameters":[{"parameterName":"require_ssl"}]}"#
            ),
            [format!("{GROUP} remove Parameters require_ssl")]
        );
    }
}
