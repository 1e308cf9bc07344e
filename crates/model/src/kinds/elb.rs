//! Load balancers and their listeners.

use serde::Deserialize;

use crate::{Facet, Initial, Keyed, Kind, KindDef, OwnerDef, ResourceId, Scope};

/// An application, network or gateway load balancer. Its id is what follows `loadbalancer/` in its ARN.
pub static LOAD_BALANCER: KindDef = KindDef {
    name: "AWS::ElasticLoadBalancingV2::LoadBalancer",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{id}"),
    facets: &[],
    relations: &[],
    parts: &[],
    owner: None,
};

/// A listener. Its id is what follows `listener/` in its ARN: its load balancer's id, a slash, and its own.
pub static LISTENER: KindDef = KindDef {
    name: "AWS::ElasticLoadBalancingV2::Listener",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:elasticloadbalancing:{region}:{account}:listener/{id}"),
    facets: &[&PROTOCOL.def, &SSL_POLICY.def, &DEFAULT_ACTIONS.def, &RULES.def],
    relations: &[],
    parts: &[],
    owner: Some(OwnerDef { kind: &LOAD_BALANCER, of: load_balancer_of }),
};

/// A classic load balancer. Its id is its name.
pub static CLASSIC_LOAD_BALANCER: KindDef = KindDef {
    name: "AWS::ElasticLoadBalancing::LoadBalancer",
    scope: Scope::Regional,
    arn: Some("arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{id}"),
    facets: &[&CLASSIC_LISTENERS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The listeners of a classic load balancer, by port.
pub static CLASSIC_LISTENERS: Keyed<ClassicListener> =
    Keyed::property("Listeners").read_by(&["elasticloadbalancing:DescribeLoadBalancers"]).initially(Initial::Empty);

/// A listener of a classic load balancer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassicListener {
    /// `HTTP`, `HTTPS`, `TCP` or `SSL`, in any case.
    pub protocol: String,
}

/// `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP`, `GENEVE`, `QUIC` or `TCP_QUIC`.
pub static PROTOCOL: Facet<String> =
    Facet::property("Protocol").read_by(&["elasticloadbalancing:DescribeListeners"]).initially(Initial::Unread);

/// The name of the policy that decides the versions of TLS.
pub static SSL_POLICY: Facet<String> =
    Facet::property("SslPolicy").read_by(&["elasticloadbalancing:DescribeListeners"]).initially(Initial::Absent);

/// What the listener does with a request that no rule matches.
pub static DEFAULT_ACTIONS: Facet<Vec<Action>> =
    Facet::property("DefaultActions").read_by(&["elasticloadbalancing:DescribeListeners"]).initially(Initial::Unread);

/// What the listener's other rules do, by the last part of their ARN.
pub static RULES: Keyed<Vec<Action>> =
    Keyed::observed("Rules").read_by(&["elasticloadbalancing:DescribeRules"]).initially(Initial::Empty);

/// One action. What it holds beside this is not kept: it may hold a client secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Action {
    /// `forward`, `redirect`, `fixed-response`, `authenticate-oidc`, ...
    #[serde(rename = "Type")]
    pub kind: String,
    /// Where a redirect leads.
    pub redirect_config: Option<Redirect>,
}

/// Where a redirect leads.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Redirect {
    /// `HTTP`, `HTTPS` or `#{protocol}`; a missing one keeps the request's.
    pub protocol: Option<String>,
}

fn load_balancer_of(listener: &ResourceId) -> Option<ResourceId> {
    let (id, _) = listener.id.rsplit_once('/')?;
    Some(ResourceId { kind: Kind::of(&LOAD_BALANCER), id: id.into(), ..listener.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_belongs_to_the_load_balancer_that_its_id_begins_with() {
        let listener = ResourceId {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            kind: Kind::of(&LISTENER),
            id: "app/web/50dc6c495c0c9188/f2f7dc8efc522ab2".into(),
        };
        let owner = load_balancer_of(&listener).unwrap();
        assert_eq!(
            owner.arn().unwrap(),
            "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/50dc6c495c0c9188"
        );
    }
}
