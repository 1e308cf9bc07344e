//! `cloudtrail.amazonaws.com`: trails.

use trailhound_model::kinds::cloudtrail::{self, TRAIL};
use trailhound_model::{Birth, Facet, ResourceId, Text, Value, Why};

use super::Event;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};
use super::pipeline::TOUCHED;

/// Switches: the facet and the member's names in request and response.
const FLAGS: [(&Facet<bool>, &str, &str); 3] = [
    (&cloudtrail::IS_MULTI_REGION, "isMultiRegionTrail", "isMultiRegionTrail"),
    (&cloudtrail::IS_ORGANIZATION, "isOrganizationTrail", "isOrganizationTrail"),
    (&cloudtrail::LOG_VALIDATION, "enableLogFileValidation", "logFileValidationEnabled"),
];

/// Texts, named alike in request and response.
const TEXTS: [(&Facet<Text>, &str); 3] = [
    (&cloudtrail::BUCKET_NAME, "s3BucketName"),
    (&cloudtrail::KMS_KEY, "kmsKeyId"),
    (&cloudtrail::LOG_GROUP, "cloudWatchLogsLogGroupArn"),
];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateTrail",
        does: &[Does { verb: Verb::Creates, kind: &TRAIL, facets: &[] }],
        interpret: |event, draft| {
            let mut stated = Stated::new();
            for (facet, request, response) in FLAGS {
                stated = stated.value_if(facet, flag(event, request, response));
            }
            for (facet, name) in TEXTS {
                stated = stated.value_if(facet, text(event, name).filter(|text| !text.is_empty()));
            }
            draft.on(trail(event, "name")?).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "UpdateTrail",
        does: &[
            Does {
                verb: Verb::Sets,
                kind: &TRAIL,
                facets: &[
                    &cloudtrail::BUCKET_NAME.def,
                    &cloudtrail::IS_MULTI_REGION.def,
                    &cloudtrail::IS_ORGANIZATION.def,
                    &cloudtrail::KMS_KEY.def,
                    &cloudtrail::LOG_GROUP.def,
                    &cloudtrail::LOG_VALIDATION.def,
                ],
            },
            TOUCHED,
        ],
        interpret: |event, draft| {
            let mut on = draft.on(trail(event, "name")?);
            for (facet, request, response) in FLAGS {
                on.set_if(facet, flag(event, request, response));
            }
            for (facet, name) in TEXTS {
                match text(event, name) {
                    // An empty text in the request takes the setting away.
                    Some("") => on.clear(facet),
                    text => on.set_if(facet, text),
                };
            }
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteTrail",
        does: &[Does { verb: Verb::Deletes, kind: &TRAIL, facets: &[] }, TOUCHED],
        interpret: |event, draft| {
            draft.on(trail(event, "name")?).delete();
            Ok(())
        },
    },
    EventSpec {
        name: "StartLogging",
        does: &[Does { verb: Verb::Sets, kind: &TRAIL, facets: &[&cloudtrail::IS_LOGGING.def] }, TOUCHED],
        interpret: |event, draft| {
            draft.on(trail(event, "name")?).set(&cloudtrail::IS_LOGGING, true);
            Ok(())
        },
    },
    EventSpec {
        name: "StopLogging",
        does: &[Does { verb: Verb::Sets, kind: &TRAIL, facets: &[&cloudtrail::IS_LOGGING.def] }, TOUCHED],
        interpret: |event, draft| {
            draft.on(trail(event, "name")?).set(&cloudtrail::IS_LOGGING, false);
            Ok(())
        },
    },
    EventSpec {
        name: "PutEventSelectors",
        does: &[
            Does {
                verb: Verb::Sets,
                kind: &TRAIL,
                facets: &[&cloudtrail::ADVANCED_EVENT_SELECTORS.def, &cloudtrail::EVENT_SELECTORS.def],
            },
            TOUCHED,
        ],
        interpret: |event, draft| {
            let mut on = draft.on(trail(event, "trailName")?);
            // A trail has selectors of one form: either replaces the other.
            if let Some(advanced) = selectors(event, "advancedEventSelectors") {
                on.set(&cloudtrail::ADVANCED_EVENT_SELECTORS, advanced).clear(&cloudtrail::EVENT_SELECTORS);
            } else if let Some(basic) = selectors(event, "eventSelectors") {
                on.set(&cloudtrail::EVENT_SELECTORS, basic).clear(&cloudtrail::ADVANCED_EVENT_SELECTORS);
            } else {
                on.stale(&cloudtrail::ADVANCED_EVENT_SELECTORS, Why::Touched);
                on.stale(&cloudtrail::EVENT_SELECTORS, Why::Touched);
            }
            Ok(())
        },
    },
];

/// The trail: by the ARN of the response, or by the name or ARN of the request. A name means a trail of this region, for
/// only its home region may change a trail.
fn trail(event: &Event<'_>, member: &'static str) -> Result<ResourceId, Unplaced> {
    let name = event.response.text("trailARN").or_else(|| event.request.text(member));
    let name = name.filter(|name| !name.is_empty()).ok_or(Unplaced { missing: "requestParameters.name" })?;
    Ok(match name.split_once(":trail/") {
        Some((_, id)) => event.resource_of_arn(&TRAIL, name, id),
        None => event.resource(&TRAIL, name),
    })
}

/// A switch, as the response shows it or else as the request asked for.
fn flag(event: &Event<'_>, request: &str, response: &str) -> Option<bool> {
    event.response.flag(response).or_else(|| event.request.flag(request))
}

/// A text, as the response shows it or else as the request asked for.
fn text<'a>(event: &Event<'a>, name: &str) -> Option<&'a str> {
    event.response.text(name).filter(|text| !text.is_empty()).or_else(|| event.request.text(name))
}

/// The selectors of one form, if the call set any.
fn selectors(event: &Event<'_>, name: &str) -> Option<Value> {
    [event.response, event.request].into_iter().find_map(|body| shown_selectors(body, name))
}

/// The selectors of one form that a body shows, if it shows any.
#[must_use]
pub fn shown_selectors(body: super::Body<'_>, name: &str) -> Option<Value> {
    let list = body.list(name);
    (!list.is_empty()).then(|| Value::List(list.iter().filter_map(|item| item.cloudformation()).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{attack, told};

    /// Asserts what a call with this request and response means.
    fn check(name: &str, request: &str, response: &str, expected: &[&str]) {
        let event = format!(
            r#"{{"eventSource":"cloudtrail.amazonaws.com","eventName":"{name}","requestParameters":{request},"responseElements":{response}}}"#
        );
        assert_eq!(told(&event), expected, "{name} {request}");
    }

    #[test]
    fn the_response_tells_what_a_new_trail_is() {
        check(
            "CreateTrail",
            r#"{"name":"audit","s3BucketName":"acme-trail","includeGlobalServiceEvents":true}"#,
            r#"{"name":"audit","s3BucketName":"acme-trail","includeGlobalServiceEvents":true,"isMultiRegionTrail":false,
                "trailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit","logFileValidationEnabled":false,
                "isOrganizationTrail":false}"#,
            &[
                "Trail audit create Certain",
                "Trail audit   IsMultiRegionTrail false",
                "Trail audit   IsOrganizationTrail false",
                "Trail audit   EnableLogFileValidation false",
                r#"Trail audit   S3BucketName "acme-trail""#,
            ],
        );
        // Without a response, the request does; the rest is AWS's default.
        check(
            "CreateTrail",
            r#"{"name":"audit","s3BucketName":"acme-trail","enableLogFileValidation":true,"kmsKeyId":"alias/trail"}"#,
            "null",
            &[
                "Trail audit create Certain",
                "Trail audit   EnableLogFileValidation true",
                r#"Trail audit   S3BucketName "acme-trail""#,
                r#"Trail audit   KMSKeyId "alias/trail""#,
            ],
        );
    }

    #[test]
    fn an_update_touches_what_it_states_and_empty_text_takes_away() {
        check(
            "UpdateTrail",
            r#"{"name":"audit","isMultiRegionTrail":false}"#,
            "null",
            &["Trail audit set IsMultiRegionTrail false"],
        );
        check(
            "UpdateTrail",
            r#"{"name":"audit","kmsKeyId":"","cloudWatchLogsLogGroupArn":"","enableLogFileValidation":true}"#,
            r#"{"trailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit","isMultiRegionTrail":true,
                "logFileValidationEnabled":true,"s3BucketName":"acme-trail"}"#,
            &[
                "Trail audit set IsMultiRegionTrail true",
                "Trail audit set EnableLogFileValidation true",
                r#"Trail audit set S3BucketName "acme-trail""#,
                "Trail audit clear KMSKeyId",
                "Trail audit clear CloudWatchLogsLogGroupArn",
            ],
        );
    }

    #[test]
    fn a_shadow_trail_is_the_trail_of_its_home_region() {
        let arn = r#"{"name":"arn:aws:cloudtrail:us-east-1:444455556666:trail/audit"}"#;
        check("StopLogging", arn, "null", &["Trail audit@444455556666/us-east-1 set IsLogging false"]);
        check("StartLogging", r#"{"name":"audit"}"#, "null", &["Trail audit set IsLogging true"]);
        check("DeleteTrail", r#"{"name":"audit"}"#, "null", &["Trail audit delete"]);
        check(
            "DeleteTrail",
            "{}",
            "null",
            &["nothing: the record does not name its resource: `requestParameters.name` is missing"],
        );
    }

    #[test]
    fn selectors_of_one_form_replace_the_other() {
        check(
            "PutEventSelectors",
            r#"{"trailName":"audit","eventSelectors":[{"dataResources":[],"excludeManagementEventSources":[],
                "includeManagementEvents":false,"readWriteType":"ReadOnly"}]}"#,
            r#"{"trailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit","eventSelectors":[{"dataResources":[],
                "excludeManagementEventSources":[],"includeManagementEvents":false,"readWriteType":"ReadOnly"}]}"#,
            &[
                concat!(
                    r#"Trail audit set EventSelectors [{"DataResources":[],"ExcludeManagementEventSources":[],"#,
                    r#""IncludeManagementEvents":false,"ReadWriteType":"ReadOnly"}]"#
                ),
                "Trail audit clear AdvancedEventSelectors",
            ],
        );
        // Derived from the API model.
        check(
            "PutEventSelectors",
            r#"{"trailName":"audit","advancedEventSelectors":[{"name":"all","fieldSelectors":
                [{"field":"eventCategory","equals":["Management"]}]}]}"#,
            "null",
            &[
                concat!(
                    r#"Trail audit set AdvancedEventSelectors [{"FieldSelectors":"#,
                    r#"[{"Equals":["Management"],"Field":"eventCategory"}],"Name":"all"}]"#
                ),
                "Trail audit clear EventSelectors",
            ],
        );
        check(
            "PutEventSelectors",
            r#"{"trailName":"audit"}"#,
            "null",
            &["Trail audit stale AdvancedEventSelectors touched", "Trail audit stale EventSelectors touched"],
        );
    }

    #[test]
    fn calls_of_a_real_attack_are_read() {
        let Some(mut told) = attack("cloudtrail.amazonaws.com") else { return };
        told.retain(|(_, lines)| lines != &["nothing: failed"]);
        told.sort();
        let trail = "Trail stratus-red-team-ctes-trail-qyxyekjbtk@123837392027/us-east-1";
        let of_trail: Vec<_> = told.iter().flat_map(|(_, lines)| lines).filter_map(|l| l.strip_prefix(trail)).collect();
        let kept = |on: bool, which: &str| {
            format!(r#""ExcludeManagementEventSources":[],"IncludeManagementEvents":{on},"ReadWriteType":"{which}""#)
        };
        assert_eq!(
            of_trail[..6],
            [
                " create Certain",
                "   IsMultiRegionTrail false",
                "   IsOrganizationTrail false",
                "   EnableLogFileValidation false",
                r#"   S3BucketName "stratus-red-team-ctes-bucket-qyxyekjbtk""#,
                " delete",
            ]
        );
        assert!(
            of_trail[6].contains(&kept(true, "All")) && of_trail[8].contains(&kept(false, "ReadOnly")),
            "{of_trail:?}"
        );
        assert_eq!(of_trail.last(), Some(&" set IsLogging true"));
        let counts = ["CreateTrail", "StartLogging", "PutEventSelectors", "DeleteTrail"]
            .map(|name| told.iter().filter(|(called, _)| called == name).count());
        assert_eq!((counts, told.len()), ([2, 2, 2, 2], 8));
    }
}
