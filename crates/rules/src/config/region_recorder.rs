use trailhound_model::kinds::account::REGION;
use trailhound_model::kinds::config::{DELIVERY_CHANNEL, RECORDING};
use trailhound_model::{Evidence, Verdict};

use crate::rule;

rule! {
    /// AWS Config records in the region, and delivers what it records.
    ///
    /// ## Why
    /// Config keeps what every resource was set to, and when. Without it nobody can tell what an attacker changed, or what it
    /// was before.
    ///
    /// ## Fix
    /// - Console: AWS Config → Settings → Start recording.
    /// - CLI: `aws configservice put-configuration-recorder`, `put-delivery-channel`, then `start-configuration-recorder
    ///   --configuration-recorder-name NAME`
    /// - CloudFormation: `AWS::Config::ConfigurationRecorder` and `AWS::Config::DeliveryChannel`.
    ///
    /// ## Limits
    /// Does not look at which resource types are recorded. Recorders that other services run for themselves do not count.
    item: Cloudtrail,
    severity: High,
    kinds: [REGION],
    reads: [DELIVERY_CHANNEL, RECORDING],
    opens_on: ["DeleteConfigurationRecorder", "DeleteDeliveryChannel", "StopConfigurationRecorder"],
    closes_on: ["PutDeliveryChannel", "StartConfigurationRecorder"],
    controls: [
        (SecurityHub, "~Config.1"),
        (CisV3, "3.3"),
        (CisV5, "3.3"),
        (Nist80053, "CM-3"),
        (Nist80053, "CM-8"),
    ],
    judge: |region, _| {
        let (recording, delivering) = (region.get(&RECORDING).known(), region.get(&DELIVERY_CHANNEL).known());
        let missing: Vec<_> = [
            (&recording, "recorder", "no recorder is recording"),
            (&delivering, "delivery-channel", "there is no delivery channel"),
        ]
        .into_iter()
        .filter(|(known, _, _)| matches!(known, Ok(on) if *on != Some(true)))
        .map(|(_, key, words)| Evidence::new(key, words))
        .collect();
        if missing.is_empty() {
            recording?;
            delivering?;
        }
        Ok(Verdict::unless(missing, |missing| {
            let words: Vec<_> = missing.iter().map(|entry| &*entry.detail).collect();
            words.join(", ")
        }))
    },
}
