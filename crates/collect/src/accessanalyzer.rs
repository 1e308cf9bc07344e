//! IAM Access Analyzer, as far as it is kept per region.

use trailhound_model::Value;
use trailhound_model::kinds::accessanalyzer::ANALYZERS;
use trailhound_model::kinds::account::REGION;

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, entries, needed};

static ANALYZER: Service = Service::new("access-analyzer", Protocol::RestJson).limited(5.0, 2);

static LIST_ANALYZERS: Call =
    Call::get(&ANALYZER, "ListAnalyzers", "access-analyzer:ListAnalyzers", "/analyzer").pages("nextToken", "nextToken");

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &REGION,
    reads: &[Read {
        facets: &[&ANALYZERS.def],
        calls: &[&LIST_ANALYZERS],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&LIST_ANALYZERS, []).await?;
                let all = answer.list(&["analyzers"]).map(|analyzer| {
                    let entry = Value::map([
                        ("Type", Some(needed(analyzer.text("type"))?.into())),
                        ("Status", Some(needed(analyzer.text("status"))?.into())),
                    ]);
                    Ok((needed(analyzer.text("name"))?.into(), entry))
                });
                Ok(vec![(&ANALYZERS.def, entries(all.collect::<Result<Vec<_>, Error>>()?))])
            })
        },
    }],
}];
