//! `cloudfront.amazonaws.com`: distributions. Every call that changes one shows its whole configuration.

use trailhound_model::kinds::cloudfront::{self, DISTRIBUTION};
use trailhound_model::{Birth, FacetDef, Map, ResourceId, Value};

use super::draft::{Does, Draft, EventSpec, Stated, Unplaced, Verb};
use super::{Body, Event};

/// What a configuration states.
const CONFIGURATION: &[&FacetDef] = &[
    &cloudfront::DEFAULT_CACHE_BEHAVIOR.def,
    &cloudfront::CACHE_BEHAVIORS.def,
    &cloudfront::VIEWER_CERTIFICATE.def,
    &cloudfront::ORIGINS.def,
];

const CREATES: &[Does] = &[Does { verb: Verb::Creates, kind: &DISTRIBUTION, facets: &[] }];
const REPLACES: &[Does] = &[Does { verb: Verb::Sets, kind: &DISTRIBUTION, facets: CONFIGURATION }];

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec { name: "CreateDistribution2020_05_31", does: CREATES, interpret: create },
    EventSpec { name: "CreateDistributionWithTags2020_05_31", does: CREATES, interpret: create },
    EventSpec { name: "CopyDistribution2020_05_31", does: CREATES, interpret: create },
    EventSpec { name: "UpdateDistribution2020_05_31", does: REPLACES, interpret: update },
    EventSpec { name: "UpdateDistributionWithStagingConfig2020_05_31", does: REPLACES, interpret: update },
    EventSpec {
        name: "DeleteDistribution2020_05_31",
        does: &[Does { verb: Verb::Deletes, kind: &DISTRIBUTION, facets: &[] }],
        interpret: |event, draft| {
            draft.on(named(event)?).delete();
            Ok(())
        },
    },
];

fn create(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let missing = Unplaced { missing: "responseElements.distribution.id" };
    let id = event.response.at(&["distribution"]).text("id").ok_or(missing)?;
    let mut stated = Stated::new();
    for (facet, value) in configuration(event) {
        stated = match value {
            Some(value) => stated.value(facet, value),
            None => stated.absent(facet),
        };
    }
    draft.on(event.resource(&DISTRIBUTION, id)).create(Birth::Certain, stated);
    Ok(())
}

fn update(event: &Event<'_>, draft: &mut Draft) -> Result<(), Unplaced> {
    let mut on = draft.on(named(event)?);
    for (facet, value) in configuration(event) {
        match value {
            Some(value) => on.set(facet, value),
            None => on.clear(facet),
        };
    }
    Ok(())
}

fn named(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let id = event.request.text("id").ok_or(Unplaced { missing: "requestParameters.id" })?;
    Ok(event.resource(&DISTRIBUTION, id))
}

/// The judged parts of the configuration in force after the call, `None` for what it does not have. Nothing if the call
/// shows no configuration.
fn configuration(event: &Event<'_>) -> Vec<(&'static FacetDef, Option<Value>)> {
    let places = [
        event.response.at(&["distribution", "distributionConfig"]),
        event.request.at(&["distributionConfig"]),
        event.request.at(&["distributionConfigWithTags", "distributionConfig"]),
    ];
    places.into_iter().find(|place| place.is_present()).map_or_else(Vec::new, shown)
}

/// The judged parts of a configuration, `None` for what it does not have.
#[must_use]
pub fn shown(configuration: Body<'_>) -> Vec<(&'static FacetDef, Option<Value>)> {
    let list = |name: &str, one: fn(Body<'_>) -> Value| {
        // An empty list is `{"quantity": 0}`, with or without `items`.
        let list: Vec<_> = configuration.at(&[name]).list("items").into_iter().map(one).collect();
        Value::from(list)
    };
    let default = configuration.at(&["defaultCacheBehavior"]);
    let certificate = configuration.at(&["viewerCertificate"]);
    CONFIGURATION
        .iter()
        .copied()
        .zip([
            default.is_present().then(|| behavior(default)),
            Some(list("cacheBehaviors", behavior)),
            certificate.is_present().then(|| {
                Value::map([
                    ("CloudFrontDefaultCertificate", certificate.flag("cloudFrontDefaultCertificate").map(Value::from)),
                    ("MinimumProtocolVersion", certificate.text("minimumProtocolVersion").map(Value::from)),
                ])
            }),
            Some(list("origins", origin)),
        ])
        .collect()
}

fn behavior(behavior: Body<'_>) -> Value {
    texts(behavior, &["PathPattern", "TargetOriginId", "ViewerProtocolPolicy"]).into()
}

fn origin(origin: Body<'_>) -> Value {
    let mut map = texts(origin, &["Id", "DomainName"]);
    let custom = origin.at(&["customOriginConfig"]);
    if custom.is_present() {
        let mut members = texts(custom, &["OriginProtocolPolicy"]);
        if custom.at(&["originSslProtocols"]).is_present() {
            members.insert("OriginSSLProtocols".into(), custom.at(&["originSslProtocols"]).texts("items").into());
        }
        map.insert("CustomOriginConfig".into(), members.into());
    }
    map.into()
}

/// The members with these names that are there.
fn texts(body: Body<'_>, names: &[&str]) -> Map {
    names.iter().filter_map(|name| Some(((*name).into(), body.text(name)?.into()))).collect()
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    const CONFIGURATION: &str = r#"{"origins":{"quantity":1,"items":[{"id":"api","domainName":"api.example.com",
        "customHeaders":{"quantity":1,"items":[{"headerName":"x-origin-verify","headerValue":"hunter2"}]},
        "customOriginConfig":{"hTTPPort":80,"originProtocolPolicy":"match-viewer",
        "originSslProtocols":{"quantity":1,"items":["TLSv1.2"]}}}]},
        "defaultCacheBehavior":{"targetOriginId":"api","viewerProtocolPolicy":"allow-all","compress":true},
        "cacheBehaviors":{"quantity":1,"items":[{"pathPattern":"/img/*","targetOriginId":"api","viewerProtocolPolicy":"https-only"}]},
        "viewerCertificate":{"cloudFrontDefaultCertificate":true,"minimumProtocolVersion":"TLSv1"},
        "comment":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#;

    fn told(name: &str, request: &str, response: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"cloudfront.amazonaws.com","eventName":"{name}","awsRegion":"us-east-1",
                "requestParameters":{request},"responseElements":{response}}}"#
        ))
    }

    #[test]
    fn names_come_with_and_without_an_api_date_and_configurations_in_three_places() {
        let expected = [
            "Distribution E1 create Certain",
            r#"Distribution E1   DistributionConfig.DefaultCacheBehavior {"TargetOriginId":"api","ViewerProtocolPolicy":"allow-all"}"#,
            concat!(
                "Distribution E1   DistributionConfig.CacheBehaviors ",
                r#"[{"PathPattern":"/img/*","TargetOriginId":"api","ViewerProtocolPolicy":"https-only"}]"#
            ),
            concat!(
                "Distribution E1   DistributionConfig.ViewerCertificate ",
                r#"{"CloudFrontDefaultCertificate":true,"MinimumProtocolVersion":"TLSv1"}"#
            ),
            concat!(
                r#"Distribution E1   DistributionConfig.Origins [{"CustomOriginConfig":{"OriginProtocolPolicy":"match-viewer","#,
                r#""OriginSSLProtocols":["TLSv1.2"]},"DomainName":"api.example.com","Id":"api"}]"#
            ),
        ];
        let id = r#"{"distribution":{"id":"E1"}}"#;
        for (name, request, response) in [
            ("CreateDistribution", format!(r#"{{"distributionConfig":{CONFIGURATION}}}"#), id.to_owned()),
            (
                "CreateDistributionWithTags2020_05_31",
                format!(r#"{{"distributionConfigWithTags":{{"tags":{{}},"distributionConfig":{CONFIGURATION}}}}}"#),
                id.to_owned(),
            ),
            (
                "CopyDistribution2020_05_31",
                r#"{"primaryDistributionId":"E0"}"#.to_owned(),
                format!(r#"{{"distribution":{{"id":"E1","distributionConfig":{CONFIGURATION}}}}}"#),
            ),
        ] {
            assert_eq!(told(name, &request, &response), expected, "{name}");
        }
    }

    #[test]
    fn an_update_replaces_the_whole_configuration() {
        let bare = r#"{"id":"E1","distributionConfig":{"cacheBehaviors":{"quantity":0},
            "defaultCacheBehavior":{"viewerProtocolPolicy":"https-only"},"origins":{"quantity":0,"items":[]}}}"#;
        let expected = [
            r#"set DistributionConfig.DefaultCacheBehavior {"ViewerProtocolPolicy":"https-only"}"#,
            "set DistributionConfig.CacheBehaviors []",
            "clear DistributionConfig.ViewerCertificate",
            "set DistributionConfig.Origins []",
        ]
        .map(|line| format!("Distribution E1 {line}"));
        assert_eq!(told("UpdateDistribution2020_05_31", bare, "null"), expected);
        assert_eq!(told("DeleteDistribution", r#"{"id":"E1"}"#, "null"), ["Distribution E1 delete"]);
    }

    #[test]
    fn a_real_distribution_is_read_when_made_and_when_changed() {
        let Some(told) = testing::collected("cloudfront.amazonaws.com") else { return };
        for (call, verb) in [("CreateDistribution", " "), ("UpdateDistribution", "set")] {
            let (_, lines) = told.iter().find(|(name, _)| name == call).unwrap();
            let stated = |facet: &str| {
                let start =
                    format!("Distribution E53370FUHBNLK@012345678912/global {verb} DistributionConfig.{facet} ");
                lines.iter().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("{facet}: {lines:?}"))
            };
            assert!(stated("DefaultCacheBehavior").contains(r#""ViewerProtocolPolicy":"allow-all""#), "{call}");
            assert_eq!(stated("CacheBehaviors"), "[]", "{call}");
            assert!(stated("ViewerCertificate").contains(r#""CloudFrontDefaultCertificate":true"#), "{call}");
            assert!(!stated("Origins").contains("CustomOriginConfig"), "{call}");
        }
    }
}
