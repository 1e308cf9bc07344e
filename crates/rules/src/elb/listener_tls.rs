use trailhound_model::kinds::elb::{Action, DEFAULT_ACTIONS, LISTENER, PROTOCOL, RULES};
use trailhound_model::{Evidence, Verdict};

use crate::rule;
use crate::signs::listed;

rule! {
    /// Listeners speak TLS, or do nothing but redirect to HTTPS.
    ///
    /// ## Why
    /// What travels over HTTP can be read and changed on the way: passwords, sessions, downloads.
    ///
    /// ## Fix
    /// - Console: load balancer → Listeners → add HTTPS on 443; edit HTTP on 80 → Redirect to HTTPS, and delete its other
    ///   rules.
    /// - CLI: `aws elbv2 modify-listener --listener-arn ARN --default-actions
    ///   Type=redirect,RedirectConfig='{Protocol=HTTPS,Port=443,StatusCode=HTTP_301}'`
    /// - CloudFormation: `Protocol: HTTPS` on `AWS::ElasticLoadBalancingV2::Listener`, or a default action of `Type: redirect`
    ///   with `RedirectConfig.Protocol: HTTPS`.
    ///
    /// ## Limits
    /// Whether the load balancer faces the internet makes no difference. TCP and UDP listeners may carry TLS that ends at the
    /// target: they are not judged.
    item: EncryptionInTransit,
    severity: High,
    kinds: [LISTENER],
    reads: [PROTOCOL, DEFAULT_ACTIONS, RULES],
    opens_on: ["CreateListener", "CreateRule", "ModifyListener", "ModifyRule"],
    closes_on: ["DeleteListener", "DeleteLoadBalancer", "DeleteRule", "ModifyListener", "ModifyRule"],
    controls: [
        (SecurityHub, "ELB.1"),
        (SecurityHub, "~ELB.18"),
        (PciDss, "4.2.1"),
        (Nist80053, "AC-17(2)"),
        (Nist80053, "SC-8"),
        (AwsConfig, "alb-http-to-https-redirection-check"),
        (AwsConfig, "~elbv2-listener-encryption-in-transit"),
    ],
    judge: |listener, _| {
        match listener.get(&PROTOCOL).known()?.as_deref() {
            Some("HTTPS" | "TLS") => return Ok(Verdict::Pass),
            Some("HTTP") => {}
            Some(other) => return Ok(Verdict::not_applicable(format!("its protocol is `{other}`"))),
            None => return Ok(Verdict::not_applicable("it has no protocol")),
        }
        let default = listener.get(&DEFAULT_ACTIONS).known().map(Option::unwrap_or_default);
        let rules = listener.entries(&RULES);
        let mut plain: Vec<Evidence> = Vec::new();
        if default.as_ref().is_ok_and(|actions| !redirect(actions)) {
            plain.push(Evidence::new("default", "the default action is no redirect to HTTPS"));
        }
        if let Ok(rules) = &rules {
            let open = rules.seen().filter(|(_, actions)| !redirect(actions));
            plain.extend(open.map(|(id, _)| Evidence::new(id, "the rule is no redirect to HTTPS")));
        }
        if plain.is_empty() {
            default?;
        }
        let plain = match rules {
            Ok(rules) => rules.settle(plain)?,
            Err(why) if plain.is_empty() => return Err(why),
            Err(_) => plain,
        };
        Ok(Verdict::unless(plain, |plain| {
            format!("HTTP requests are served without TLS: {}", listed(plain.iter().map(|entry| &*entry.key)))
        }))
    },
}

/// Whether all that the actions do is to send the caller to HTTPS.
fn redirect(actions: &[Action]) -> bool {
    let to_https = |action: &Action| {
        let redirect = action.redirect_config.as_ref();
        redirect.and_then(|redirect| redirect.protocol.as_deref()) == Some("HTTPS")
    };
    !actions.is_empty() && actions.iter().all(|action| action.kind == "redirect" && to_https(action))
}
