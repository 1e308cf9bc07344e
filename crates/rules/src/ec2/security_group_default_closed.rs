use trailhound_model::kinds::ec2::group::{EGRESS, INGRESS, NAME, SECURITY_GROUP};
use trailhound_model::{Evidence, Verdict};

use super::keys;
use crate::rule;

rule! {
    /// The default security group of a network has no rules.
    ///
    /// ## Why
    /// Whatever is started without naming a group gets the default one. With AWS's own rules its members reach each other on
    /// every port and the whole internet.
    ///
    /// ## Fix
    /// - Console: EC2 → Security Groups → the group named default → remove all inbound and outbound rules.
    /// - CLI: `aws ec2 revoke-security-group-ingress` and `revoke-security-group-egress` with the ids of its rules.
    /// - CloudFormation: a template can add rules to it and take none of AWS's away; give every resource a group of its own.
    ///
    /// ## Limits
    /// The call that creates a network does not show the id of its default group; in a log it is known from the first call
    /// that shows it.
    item: SecurityGroups,
    severity: Medium,
    kinds: [SECURITY_GROUP],
    reads: [EGRESS, INGRESS, NAME],
    opens_on: [
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "CreateNetworkInterface",
        "RunInstances",
    ],
    closes_on: ["DeleteVpc", "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress"],
    controls: [
        (SecurityHub, "EC2.2"),
        (CisV3, "5.4"),
        (CisV5, "5.5"),
        (Nist80053, "AC-4"),
        (Nist80053, "SC-7"),
        (AwsConfig, "vpc-default-security-group-closed"),
    ],
    judge: |group, _| {
        if group.get(&NAME).known()?.as_deref() != Some("default") {
            return Ok(Verdict::not_applicable("it is no network's default group"));
        }
        let mut found = Vec::new();
        let mut doubt = None;
        for (direction, facet) in [("ingress", &INGRESS), ("egress", &EGRESS)] {
            match group.entries(facet) {
                Ok(rules) => {
                    found.extend(
                        rules.seen().map(|(key, _)| Evidence::new(format!("{direction} {key}"), "permits traffic")),
                    );
                    doubt = rules.settle::<()>(Vec::new()).err().or(doubt);
                }
                Err(why) => doubt = Some(why),
            }
        }
        match doubt {
            Some(why) if found.is_empty() => Err(why),
            _ => Ok(Verdict::unless(found, |rules| format!("the default group has rules: {}", keys(rules)))),
        }
    },
}
