//! AWS Security Hub, as far as it is kept per region.

use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::securityhub::ENABLED;

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, known};

static HUB: Service = Service::new("securityhub", Protocol::RestJson).limited(1.0, 1);

// An account that never enabled the hub is refused with a code of its own.
static DESCRIBE_HUB: Call = Call::get(&HUB, "DescribeHub", "securityhub:DescribeHub", "/accounts")
    .absent(&[("InvalidAccessException", "not subscribed"), ("ResourceNotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &REGION,
    reads: &[Read {
        facets: &[&ENABLED.def],
        calls: &[&DESCRIBE_HUB],
        run: |reader| {
            Box::pin(async move {
                let enabled = match reader.ask(&DESCRIBE_HUB, []).await {
                    Ok(_) => true,
                    Err(Error::Absent) => false,
                    Err(error) => return Err(error),
                };
                Ok(vec![(&ENABLED.def, known(enabled))])
            })
        },
    }],
}];
