//! AWS Config, as far as it is kept per region.

use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::config::{DELIVERY_CHANNEL, RECORDING};

use crate::client::{Call, Protocol, Service};
use crate::read::{KindReads, Read, known};

static CONFIG: Service = Service::new("config", Protocol::Json11("StarlingDoveService")).limited(2.0, 2);

static DESCRIBE_STATUS: Call =
    Call::new(&CONFIG, "DescribeConfigurationRecorderStatus", "config:DescribeConfigurationRecorderStatus");
static DESCRIBE_CHANNELS: Call = Call::new(&CONFIG, "DescribeDeliveryChannels", "config:DescribeDeliveryChannels");

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &REGION,
    reads: &[
        Read {
            facets: &[&RECORDING.def],
            calls: &[&DESCRIBE_STATUS],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE_STATUS, []).await?;
                    // Recorders of AWS services record for these services only.
                    let on = answer.list(&["ConfigurationRecordersStatus"]).any(|recorder| {
                        !recorder.at(&["servicePrincipal"]).is_present() && recorder.flag("recording") == Some(true)
                    });
                    Ok(vec![(&RECORDING.def, known(on))])
                })
            },
        },
        Read {
            facets: &[&DELIVERY_CHANNEL.def],
            calls: &[&DESCRIBE_CHANNELS],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE_CHANNELS, []).await?;
                    let exists = answer.list(&["DeliveryChannels"]).next().is_some();
                    Ok(vec![(&DELIVERY_CHANNEL.def, known(exists))])
                })
            },
        },
    ],
}];
