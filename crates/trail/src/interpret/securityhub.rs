//! `securityhub.amazonaws.com`: whether Security Hub is enabled in a region.

use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::securityhub;

use super::draft::{Does, EventSpec, Verb};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "EnableSecurityHub",
        does: &[Does { verb: Verb::Sets, kind: &REGION, facets: &[&securityhub::ENABLED.def] }],
        interpret: |event, draft| {
            draft.on(event.region_resource()).set(&securityhub::ENABLED, true);
            Ok(())
        },
    },
    EventSpec {
        name: "DisableSecurityHub",
        does: &[Does { verb: Verb::Sets, kind: &REGION, facets: &[&securityhub::ENABLED.def] }],
        interpret: |event, draft| {
            draft.on(event.region_resource()).set(&securityhub::ENABLED, false);
            Ok(())
        },
    },
];

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn it_is_enabled_or_not() {
        for (name, set) in [("EnableSecurityHub", "true"), ("DisableSecurityHub", "false")] {
            let event = format!(
                r#"{{"eventSource":"securityhub.amazonaws.com","eventName":"{name}","requestParameters":null}}"#
            );
            assert_eq!(told(&event), [format!("Region self set SecurityHub {set}")]);
        }
    }
}
