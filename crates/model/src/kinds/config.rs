//! AWS Config, as far as it is kept per region: there is at most one recorder of one's own, and one delivery channel.

use crate::Facet;

/// Whether the region's own configuration recorder exists and records. A facet of `Trailhound::Region`.
pub static RECORDING: Facet<bool> =
    Facet::observed("ConfigRecorderRecording").read_by(&["config:DescribeConfigurationRecorderStatus"]);

/// Whether there is a channel that delivers what is recorded. A facet of `Trailhound::Region`.
pub static DELIVERY_CHANNEL: Facet<bool> =
    Facet::observed("ConfigDeliveryChannel").read_by(&["config:DescribeDeliveryChannels"]);
