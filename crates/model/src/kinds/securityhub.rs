//! AWS Security Hub, as far as it is kept per region.

use crate::Facet;

/// Whether Security Hub is enabled. A facet of `Trailhound::Region`.
pub static ENABLED: Facet<bool> = Facet::observed("SecurityHub").read_by(&["securityhub:DescribeHub"]);
