//! `access-analyzer.amazonaws.com`: the analyzers of a region.

use trailhound_model::Value;
use trailhound_model::kinds::accessanalyzer::ANALYZERS;
use trailhound_model::kinds::account::REGION;

use super::Event;
use super::draft::{Does, Draft, EventSpec, Unplaced, Verb};

const CHANGES: &[Does] = &[Does { verb: Verb::Patches, kind: &REGION, facets: &[&ANALYZERS.def] }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec { name: "CreateAnalyzer", does: CHANGES, interpret: create },
    EventSpec { name: "CreateServiceLinkedAnalyzer", does: CHANGES, interpret: create },
    EventSpec { name: "DeleteAnalyzer", does: CHANGES, interpret: delete },
    EventSpec { name: "DeleteServiceLinkedAnalyzer", does: CHANGES, interpret: delete },
];

fn create(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let analyzer = Value::map([
        ("Type", event.request.text("type").map(Value::from)),
        // An analyzer of an account works at once; one of an organisation within minutes.
        ("Status", Some("ACTIVE".into())),
    ]);
    draft.on(event.region_resource()).put(&ANALYZERS, name(event)?, analyzer);
    Ok(())
}

fn delete(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    draft.on(event.region_resource()).remove(&ANALYZERS, name(event)?);
    Ok(())
}

/// The analyzer's name, from the request or from the ARN that the response shows.
fn name<'a>(event: &Event<'a>) -> Result<&'a str, Unplaced> {
    let of_arn = || event.response.text("arn")?.split_once(":analyzer/").map(|(_, name)| name);
    event.request.text("analyzerName").or_else(of_arn).ok_or(Unplaced { missing: "requestParameters.analyzerName" })
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    // Derived from the API model.
    #[test]
    fn analyzers_come_and_go_by_name() {
        let check = |name: &str, request: &str, response: &str, expected: &str| {
            let event = format!(
                r#"{{"eventSource":"access-analyzer.amazonaws.com","eventName":"{name}","requestParameters":{request},
                    "responseElements":{response}}}"#
            );
            assert_eq!(told(&event), [expected], "{name}");
        };
        let arn = r#"{"arn":"arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/outside"}"#;
        let put = r#"Region self put AccessAnalyzers outside {"Status":"ACTIVE","Type":"ACCOUNT"}"#;
        check("CreateAnalyzer", r#"{"analyzerName":"outside","type":"ACCOUNT"}"#, arn, put);
        check("CreateServiceLinkedAnalyzer", r#"{"type":"ACCOUNT"}"#, arn, put);
        let remove = "Region self remove AccessAnalyzers outside";
        check("DeleteAnalyzer", r#"{"analyzerName":"outside"}"#, "null", remove);
        check("DeleteServiceLinkedAnalyzer", r#"{"analyzerName":"outside"}"#, "null", remove);
        check(
            "DeleteAnalyzer",
            "{}",
            "null",
            "nothing: the record does not name its resource: `requestParameters.analyzerName` is missing",
        );
    }
}
