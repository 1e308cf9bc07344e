//! `events.amazonaws.com`: the rules and targets of EventBridge, watched only where they are the pipeline's own.

use super::draft::EventSpec;
use super::pipeline::TOUCHED;

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec { name: "DeleteRule", does: &[TOUCHED], interpret: |_, _| Ok(()) },
    EventSpec { name: "DisableRule", does: &[TOUCHED], interpret: |_, _| Ok(()) },
    EventSpec { name: "EnableRule", does: &[TOUCHED], interpret: |_, _| Ok(()) },
    EventSpec { name: "PutRule", does: &[TOUCHED], interpret: |_, _| Ok(()) },
    EventSpec { name: "PutTargets", does: &[TOUCHED], interpret: |_, _| Ok(()) },
    EventSpec { name: "RemoveTargets", does: &[TOUCHED], interpret: |_, _| Ok(()) },
];
