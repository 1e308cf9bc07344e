//! CloudTrail trails.

use trailhound_model::Value;
use trailhound_model::kinds::cloudtrail::{self, TRAIL};
use trailhound_trail::interpret::cloudtrail::shown_selectors;

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, Reader, known, needed, stated};

static CLOUDTRAIL: Service =
    Service::new("cloudtrail", Protocol::Json11("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"))
        .limited(5.0, 4);

const fn call(name: &'static str, action: &'static str) -> Call {
    Call::new(&CLOUDTRAIL, name, action).gone(&[("TrailNotFoundException", "")])
}

static GET_TRAIL: Call = call("GetTrail", "cloudtrail:GetTrail");
static GET_STATUS: Call = call("GetTrailStatus", "cloudtrail:GetTrailStatus");
static GET_SELECTORS: Call = call("GetEventSelectors", "cloudtrail:GetEventSelectors");

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &TRAIL,
    reads: &[
        Read {
            facets: &[
                &cloudtrail::BUCKET_NAME.def,
                &cloudtrail::IS_MULTI_REGION.def,
                &cloudtrail::IS_ORGANIZATION.def,
                &cloudtrail::KMS_KEY.def,
                &cloudtrail::LOG_GROUP.def,
                &cloudtrail::LOG_VALIDATION.def,
            ],
            calls: &[&GET_TRAIL],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&GET_TRAIL, [("Name", arn(reader)?)]).await?;
                    let trail = answer.body().at(&["Trail"]);
                    let flag = |member: &str| Ok::<_, Error>(known(needed(trail.flag(member))?));
                    let text = |member: &str| stated(trail.text(member).filter(|text| !text.is_empty()));
                    Ok(vec![
                        (&cloudtrail::BUCKET_NAME.def, text("S3BucketName")),
                        (&cloudtrail::IS_MULTI_REGION.def, flag("IsMultiRegionTrail")?),
                        (&cloudtrail::IS_ORGANIZATION.def, flag("IsOrganizationTrail")?),
                        (&cloudtrail::KMS_KEY.def, text("KmsKeyId")),
                        (&cloudtrail::LOG_GROUP.def, text("CloudWatchLogsLogGroupArn")),
                        (&cloudtrail::LOG_VALIDATION.def, flag("LogFileValidationEnabled")?),
                    ])
                })
            },
        },
        Read {
            facets: &[&cloudtrail::IS_LOGGING.def],
            calls: &[&GET_STATUS],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&GET_STATUS, [("Name", arn(reader)?)]).await?;
                    Ok(vec![(&cloudtrail::IS_LOGGING.def, known(needed(answer.body().flag("IsLogging"))?))])
                })
            },
        },
        Read {
            facets: &[&cloudtrail::ADVANCED_EVENT_SELECTORS.def, &cloudtrail::EVENT_SELECTORS.def],
            calls: &[&GET_SELECTORS],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&GET_SELECTORS, [("TrailName", arn(reader)?)]).await?;
                    let selectors = |form: &str| stated(shown_selectors(answer.body(), form));
                    Ok(vec![
                        (&cloudtrail::ADVANCED_EVENT_SELECTORS.def, selectors("AdvancedEventSelectors")),
                        (&cloudtrail::EVENT_SELECTORS.def, selectors("EventSelectors")),
                    ])
                })
            },
        },
    ],
}];

/// A name would mean a trail of the region that is asked.
fn arn(reader: &Reader<'_>) -> Result<Value, Error> {
    Ok(needed(reader.resource.arn())?.into())
}
