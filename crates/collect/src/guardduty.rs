//! GuardDuty detectors, and which one a region has.

use trailhound_model::Value;
use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::guardduty::{self, DETECTOR};
use trailhound_trail::interpret::guardduty::filter;

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, Reader, each, entries, known, needed, stated};

static GUARDDUTY: Service = Service::new("guardduty", Protocol::RestJson).limited(5.0, 4);

/// One code says that a detector is not there and much else.
const NO_DETECTOR: &[(&str, &str)] = &[("BadRequestException", "not owned"), ("InvalidInputException", "not owned")];

static LIST_DETECTORS: Call =
    Call::get(&GUARDDUTY, "ListDetectors", "guardduty:ListDetectors", "/detector").pages("nextToken", "nextToken");
static GET_DETECTOR: Call =
    Call::get(&GUARDDUTY, "GetDetector", "guardduty:GetDetector", "/detector/{DetectorId}").gone(NO_DETECTOR);
static LIST_FILTERS: Call =
    Call::get(&GUARDDUTY, "ListFilters", "guardduty:ListFilters", "/detector/{DetectorId}/filter")
        .pages("nextToken", "nextToken")
        .gone(NO_DETECTOR);
static GET_FILTER: Call =
    Call::get(&GUARDDUTY, "GetFilter", "guardduty:GetFilter", "/detector/{DetectorId}/filter/{FilterName}");

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &REGION,
        reads: &[Read {
            facets: &[&guardduty::REGION_DETECTOR.def],
            calls: &[&LIST_DETECTORS],
            run: |reader| {
                Box::pin(async move {
                    let ids = reader.ask(&LIST_DETECTORS, []).await?.texts(&["detectorIds"])?;
                    Ok(vec![(&guardduty::REGION_DETECTOR.def, stated(ids.into_iter().next()))])
                })
            },
        }],
    },
    KindReads {
        kind: &DETECTOR,
        reads: &[
            Read {
                facets: &[&guardduty::ENABLE.def, &guardduty::FEATURES.def],
                calls: &[&GET_DETECTOR],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&GET_DETECTOR, [detector(reader)]).await?;
                        let enabled = needed(answer.body().text("status"))? == "ENABLED";
                        let features = answer.list(&["features"]).map(|feature| {
                            let name = needed(feature.text("name"))?;
                            let on = needed(feature.text("status"))? == "ENABLED";
                            Ok((name.into(), guardduty::feature(name, on)))
                        });
                        let features = features.collect::<Result<Vec<_>, Error>>()?;
                        Ok(vec![
                            (&guardduty::ENABLE.def, known(enabled)),
                            (&guardduty::FEATURES.def, entries(features)),
                        ])
                    })
                },
            },
            Read {
                facets: &[&guardduty::FILTERS.def],
                calls: &[&LIST_FILTERS, &GET_FILTER],
                run: |reader| {
                    Box::pin(async move {
                        let names = reader.ask(&LIST_FILTERS, [detector(reader)]).await?.texts(&["filterNames"])?;
                        let filters = each(names, |name| async move {
                            let with = [detector(reader), ("FilterName", name.as_str().into())];
                            let answer = reader.ask(&GET_FILTER, with).await?;
                            Ok((name.into(), filter(answer.body(), answer.body().text("action"))))
                        });
                        Ok(vec![(&guardduty::FILTERS.def, entries(filters.await?))])
                    })
                },
            },
        ],
    },
];

fn detector(reader: &Reader<'_>) -> (&'static str, Value) {
    ("DetectorId", reader.id().into())
}
