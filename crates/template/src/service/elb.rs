//! Listeners and their rules.

use trailhound_model::Value;
use trailhound_model::kinds::elb;

use crate::life::{ACTION, Writer, kept, stated};
use crate::part::{Given, Source};
use crate::resolve::is_open;

/// The listeners of a classic load balancer, by port.
pub(super) fn classic(writer: &mut Writer<'_>) {
    writer.list(&elb::CLASSIC_LISTENERS, elb::CLASSIC_LISTENERS.name, |_, listener| {
        let port = stated(listener, "LoadBalancerPort").ok()??;
        let protocol = stated(listener, "Protocol").ok()??;
        let entry = Value::map([("LoadBalancerPort", Some(port.clone())), ("Protocol", Some(protocol))]);
        Some((port.to_string().into(), entry))
    });
}

/// What a listener's rule does.
pub(crate) fn rule(rule: &Source<'_>) -> Given {
    let actions = rule.properties.get("Actions").map(|actions| kept(actions, ACTION));
    rule.entry(actions.filter(|actions| !is_open(actions)))
}
