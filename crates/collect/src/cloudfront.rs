//! CloudFront distributions.

use trailhound_model::kinds::cloudfront::{self, DISTRIBUTION};
use trailhound_trail::interpret::cloudfront::shown;

use crate::client::{Call, Endpoint, Protocol, Service};
use crate::read::{KindReads, Read, stated};

static CLOUDFRONT: Service = Service::new("cloudfront", Protocol::S3).endpoint(Endpoint::Global).limited(5.0, 4);

static GET_CONFIG: Call = Call::get(
    &CLOUDFRONT,
    "GetDistributionConfig",
    "cloudfront:GetDistributionConfig",
    "/2020-05-31/distribution/{Id}/config",
)
.gone(&[("NoSuchDistribution", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &DISTRIBUTION,
    reads: &[Read {
        facets: &[
            &cloudfront::CACHE_BEHAVIORS.def,
            &cloudfront::DEFAULT_CACHE_BEHAVIOR.def,
            &cloudfront::ORIGINS.def,
            &cloudfront::VIEWER_CERTIFICATE.def,
        ],
        calls: &[&GET_CONFIG],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&GET_CONFIG, [("Id", reader.id().into())]).await?;
                let parts = shown(answer.body()).into_iter();
                Ok(parts.map(|(facet, value)| (facet, stated(value))).collect())
            })
        },
    }],
}];
