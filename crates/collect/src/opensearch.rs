//! OpenSearch domains; one call describes those that run Elasticsearch too.

use trailhound_model::State;
use trailhound_model::kinds::opensearch::{self, DOMAIN, ELASTICSEARCH_DOMAIN};
use trailhound_trail::interpret::opensearch::settings;

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, Reader, Reads, needed, told};

static ES: Service = Service::new("es", Protocol::RestJson).limited(5.0, 4);

static DESCRIBE: Call =
    Call::get(&ES, "DescribeDomain", "es:DescribeDomain", "/2021-01-01/opensearch/domain/{DomainName}")
        .gone(&[("ResourceNotFoundException", "")]);

const DOMAIN_READS: &[Read] = &[Read { facets: DOMAIN_FACETS, calls: &[&DESCRIBE], run: domain }];

const DOMAIN_FACETS: &[&trailhound_model::FacetDef] = &[
    &opensearch::ENCRYPTION_AT_REST.def,
    &opensearch::ENFORCE_HTTPS.def,
    &opensearch::NODE_TO_NODE_ENCRYPTION.def,
    &opensearch::POLICY.def,
    &opensearch::SUBNETS.def,
    &opensearch::TLS_POLICY.def,
];

pub(crate) static READS: &[KindReads] =
    &[KindReads { kind: &DOMAIN, reads: DOMAIN_READS }, KindReads { kind: &ELASTICSEARCH_DOMAIN, reads: DOMAIN_READS }];

fn domain<'a>(reader: &'a Reader<'a>) -> Reads<'a> {
    Box::pin(async move {
        let answer = reader.ask(&DESCRIBE, [("DomainName", reader.id().into())]).await?;
        let status = answer.body().at(&["DomainStatus"]);
        needed(status.text("DomainName"))?;
        if status.flag("Deleted") == Some(true) {
            return Err(Error::Deleting);
        }
        let mut shown: Vec<_> = settings(status).collect();
        for facet in DOMAIN_FACETS {
            if !shown.iter().any(|(other, _)| other.name == facet.name) {
                // A policy or network that is not there is not shown. All else is.
                let optional = [opensearch::POLICY.name, opensearch::SUBNETS.name].contains(&facet.name);
                shown.push((facet, if optional { State::Absent } else { told(None::<bool>) }));
            }
        }
        Ok(shown)
    })
}
