//! Parameter groups, of which only the parameters about TLS are kept.

use trailhound_model::kinds::rds::{self, PARAMETER_GROUP, TLS_PARAMETERS};
use trailhound_model::{Birth, FacetDef, ResourceId, Why};

use super::name;
use crate::interpret::draft::{Does, Stated, Unplaced, Verb};
use crate::interpret::{Draft, Event};

const FACETS: &[&FacetDef] = &[&rds::PARAMETERS.def];

pub(super) const CREATES: &[Does] = &[Does { verb: Verb::Creates, kind: &PARAMETER_GROUP, facets: &[] }];
pub(super) const DELETES: &[Does] = &[Does { verb: Verb::Deletes, kind: &PARAMETER_GROUP, facets: &[] }];
pub(super) const SETS: &[Does] = &[
    Does { verb: Verb::Sets, kind: &PARAMETER_GROUP, facets: FACETS },
    Does { verb: Verb::Patches, kind: &PARAMETER_GROUP, facets: FACETS },
];

pub(super) fn create(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let family = event.request.text("dBParameterGroupFamily").or_else(|| event.response.text("dBParameterGroupFamily"));
    let stated = Stated::new().value_if(&rds::PARAMETER_FAMILY, family);
    draft.on(group(event, "dBParameterGroupName")?).create(Birth::Certain, stated);
    Ok(())
}

pub(super) fn copy(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let stated = Stated::new()
        .value_if(&rds::PARAMETER_FAMILY, event.response.text("dBParameterGroupFamily"))
        .unread(&rds::PARAMETERS, Why::DependsOn("the group that it was copied from".into()));
    draft.on(group(event, "targetDBParameterGroupIdentifier")?).create(Birth::Certain, stated);
    Ok(())
}

pub(super) fn delete(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    draft.on(group(event, "dBParameterGroupName")?).delete();
    Ok(())
}

pub(super) fn modify(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let mut on = draft.on(group(event, "dBParameterGroupName")?);
    for parameter in event.request.list("parameters") {
        if let (Some(name), Some(value)) = (kept(parameter.text("parameterName")), parameter.scalar("parameterValue")) {
            on.put(&rds::PARAMETERS, name, value);
        }
    }
    Ok(())
}

pub(super) fn reset(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let mut on = draft.on(group(event, "dBParameterGroupName")?);
    if event.request.flag("resetAllParameters") == Some(true) {
        on.clear(&rds::PARAMETERS);
    }
    for parameter in event.request.list("parameters") {
        if let Some(name) = kept(parameter.text("parameterName")) {
            on.remove(&rds::PARAMETERS, name);
        }
    }
    Ok(())
}

fn kept(name: Option<&str>) -> Option<&'static str> {
    TLS_PARAMETERS.into_iter().find(|kept| Some(*kept) == name)
}

fn group(event: &Event<'_>, member: &'static str) -> Result<ResourceId, Unplaced> {
    let id = event.request.text(member).ok_or(Unplaced { missing: member })?;
    Ok(event.resource(&PARAMETER_GROUP, &name(id)))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing::meaning;

    // Derived from the API model: none of these was observed.

    fn told(name: &str, request: &str) -> Vec<String> {
        meaning(&format!(r#"{{"eventSource":"rds.amazonaws.com","eventName":"{name}","requestParameters":{request}}}"#))
    }

    const GROUP: &str = "DBParameterGroup strict";

    #[test]
    fn creation_and_deletion() {
        assert_eq!(
            told(
                "CreateDBParameterGroup",
                r#"{"dBParameterGroupName":"Strict","dBParameterGroupFamily":"postgres14"}"#
            ),
            [format!(r#"{GROUP} create Certain; Family "postgres14""#)]
        );
        assert_eq!(
            told(
                "CopyDBParameterGroup",
                r#"{"sourceDBParameterGroupIdentifier":"loose","targetDBParameterGroupIdentifier":"strict"}"#
            ),
            [format!(r#"{GROUP} create Certain; Parameters Unread(DependsOn("the group that it was copied from"))"#)]
        );
        assert_eq!(told("DeleteDBParameterGroup", r#"{"dBParameterGroupName":"strict"}"#), [format!("{GROUP} delete")]);
        assert_eq!(
            told("DeleteDBParameterGroup", "{}"),
            ["nothing: the record does not name its resource: `dBParameterGroupName` is missing"]
        );
    }

    #[test]
    fn only_parameters_about_tls_are_kept() {
        assert_eq!(
            told(
                "ModifyDBParameterGroup",
                r#"{"dBParameterGroupName":"strict","parameters":[
                    {"parameterName":"max_connections","parameterValue":"500","applyMethod":"pending-reboot"},
                    {"parameterName":"rds.force_ssl","parameterValue":"1","applyMethod":"immediate"}]}"#
            ),
            [format!(r#"{GROUP} put Parameters rds.force_ssl "1""#)]
        );
        assert_eq!(
            told(
                "ModifyDBParameterGroup",
                r#"{"dBParameterGroupName":"strict","parameters":[{"parameterName":"max_connections","parameterValue":"500"}]}"#
            ),
            ["nothing: no_effect"]
        );
    }

    #[test]
    fn a_reset_brings_the_defaults_back() {
        assert_eq!(
            told("ResetDBParameterGroup", r#"{"dBParameterGroupName":"strict","resetAllParameters":true}"#),
            [format!("{GROUP} clear Parameters")]
        );
        assert_eq!(
            told(
                "ResetDBParameterGroup",
                r#"{"dBParameterGroupName":"strict","resetAllParameters":false,
                    "parameters":[{"parameterName":"require_secure_transport","applyMethod":"immediate"}]}"#
            ),
            [format!("{GROUP} remove Parameters require_secure_transport")]
        );
    }
}
