//! Load balancers and their listeners.

use trailhound_model::Value;
use trailhound_model::kinds::elb::{self, CLASSIC_LOAD_BALANCER, LISTENER};
use trailhound_trail::interpret::elb::{classic_listener, shown_actions};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, Reader, entries, known, needed, stated};

static ELB: Service = Service::new("elasticloadbalancing", Protocol::Query("2015-12-01")).limited(5.0, 4);
static CLASSIC: Service = Service::new("elasticloadbalancing", Protocol::Query("2012-06-01")).limited(5.0, 4);

/// The codes in the answers are shorter than the names of the errors.
const NO_LISTENER: &[(&str, &str)] = &[("ListenerNotFound", ""), ("ListenerNotFoundException", "")];

static DESCRIBE_LISTENERS: Call =
    Call::new(&ELB, "DescribeListeners", "elasticloadbalancing:DescribeListeners").gone(NO_LISTENER);
static DESCRIBE_RULES: Call = Call::new(&ELB, "DescribeRules", "elasticloadbalancing:DescribeRules")
    .pages("Marker", "NextMarker")
    .gone(NO_LISTENER);
static DESCRIBE_CLASSIC: Call =
    Call::new(&CLASSIC, "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers")
        .gone(&[("LoadBalancerNotFound", ""), ("AccessPointNotFound", "")]);

pub(crate) static READS: &[KindReads] = &[
    KindReads {
        kind: &LISTENER,
        reads: &[
            Read {
                facets: &[&elb::PROTOCOL.def, &elb::SSL_POLICY.def, &elb::DEFAULT_ACTIONS.def],
                calls: &[&DESCRIBE_LISTENERS],
                run: |reader| {
                    Box::pin(async move {
                        let with = [("ListenerArns", Value::List(vec![arn(reader)?]))];
                        let answer = reader.ask(&DESCRIBE_LISTENERS, with).await?;
                        let listener = answer.only(&["Listeners"])?;
                        let actions = shown_actions(listener, "DefaultActions");
                        Ok(vec![
                            // A listener of a gateway load balancer has no protocol.
                            (&elb::PROTOCOL.def, stated(listener.text("Protocol"))),
                            (&elb::SSL_POLICY.def, stated(listener.text("SslPolicy"))),
                            (&elb::DEFAULT_ACTIONS.def, known(needed(actions)?)),
                        ])
                    })
                },
            },
            Read {
                facets: &[&elb::RULES.def],
                calls: &[&DESCRIBE_RULES],
                run: |reader| {
                    Box::pin(async move {
                        let answer = reader.ask(&DESCRIBE_RULES, [("ListenerArn", arn(reader)?)]).await?;
                        let mut all = Vec::new();
                        // The default actions are shown as a rule too.
                        for rule in answer.list(&["Rules"]).filter(|rule| rule.flag("IsDefault") != Some(true)) {
                            let (_, id) = needed(needed(rule.text("RuleArn"))?.rsplit_once('/'))?;
                            all.push((id.into(), needed(shown_actions(rule, "Actions"))?));
                        }
                        Ok(vec![(&elb::RULES.def, entries(all))])
                    })
                },
            },
        ],
    },
    KindReads {
        kind: &CLASSIC_LOAD_BALANCER,
        reads: &[Read {
            facets: &[&elb::CLASSIC_LISTENERS.def],
            calls: &[&DESCRIBE_CLASSIC],
            run: |reader| {
                Box::pin(async move {
                    let with = [("LoadBalancerNames", Value::List(vec![reader.id().into()]))];
                    let answer = reader.ask(&DESCRIBE_CLASSIC, with).await?;
                    let balancer = answer.only(&["LoadBalancerDescriptions"])?;
                    let listeners = balancer.list("ListenerDescriptions").into_iter();
                    let listeners = listeners.map(|shown| needed(classic_listener(shown.at(&["Listener"]))));
                    Ok(vec![(&elb::CLASSIC_LISTENERS.def, entries(listeners.collect::<Result<Vec<_>, _>>()?))])
                })
            },
        }],
    },
];

fn arn(reader: &Reader<'_>) -> Result<Value, Error> {
    Ok(needed(reader.resource.arn())?.into())
}
