//! Listeners and their rules.

use trailhound_model::Value;
use trailhound_model::kinds::elb;

use crate::life::{ACTION, Writer, kept, stated};
use crate::part::{Given, Source};
use crate::resolve::is_open;

/// The listeners of a classic load balancer, by port.
pub(super) fn classic(writer: &mut Writer<'_>) {
    writer.list(&elb::CLASSIC_LISTENERS, elb::CLASSIC_LISTENERS.name, |at, listener| {
        let port = stated(listener, "LoadBalancerPort").ok().flatten();
        let protocol = stated(listener, "Protocol").ok()??;
        // What it speaks does not hang on its port.
        let key = port.as_ref().map_or_else(|| format!("#{}", at + 1), Value::to_string);
        Some((key.into(), Value::map([("LoadBalancerPort", port), ("Protocol", Some(protocol))])))
    });
}

/// What a listener's rule does.
pub(crate) fn rule(rule: &Source<'_>) -> Given {
    let actions = rule.properties.get("Actions").map(|actions| kept(actions, ACTION));
    rule.entry(actions.filter(|actions| !is_open(actions)))
}
