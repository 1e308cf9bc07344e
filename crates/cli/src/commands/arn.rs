//! Which resource an ARN means.

use anyhow::{Result, bail};
use trailhound_model::{GLOBAL, Kind, ResourceId, Scope, Text, kinds, partition_of};

/// Kinds whose ARN does not follow from their identity, with the service and what stands before the id in the ARN.
const OTHERS: [(&str, &str, &str, IdPart); 5] = [
    ("AWS::AmazonMQ::Broker", "mq", "broker:", IdPart::AfterColon),
    ("AWS::CloudFormation::Stack", "cloudformation", "stack/", IdPart::First),
    ("AWS::IAM::Group", "iam", "group/", IdPart::Last),
    ("AWS::IAM::Role", "iam", "role/", IdPart::Last),
    ("AWS::IAM::User", "iam", "user/", IdPart::Last),
];

/// Which part of what follows is the id.
#[derive(Clone, Copy)]
enum IdPart {
    /// `role/path/name`: the name.
    Last,
    /// `stack/name/generated`: the name.
    First,
    /// `broker:name:id`: the id.
    AfterColon,
}

/// The resources that an ARN may mean: of the kind whose ARNs it fits best, and of others of the same form (the classic load
/// balancer and the newer ones). What the ARN leaves empty, a bucket's account, is empty.
pub(super) fn resources(arn: &str) -> Result<Vec<ResourceId>> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [scheme, partition, service, region, account, rest] = parts[..] else {
        bail!("`{arn}` is no ARN: one has six parts, such as arn:aws:s3:::my-bucket");
    };
    if scheme != "arn" || partition.is_empty() || service.is_empty() || rest.is_empty() {
        bail!("`{arn}` is no ARN: one has the form arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE");
    }
    if !matches!(partition, "aws" | "aws-cn" | "aws-us-gov") || !region.is_empty() && partition_of(region) != partition
    {
        bail!("`{arn}`: the partition `{partition}` is unknown, or `{region}` is no region of it");
    }
    if !account.is_empty() && (account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit())) {
        bail!("`{arn}`: the account `{account}` does not have twelve digits");
    }
    let mut found: Vec<(usize, ResourceId)> = Vec::new();
    for def in kinds::ALL {
        let Some((before, id)) = id_of(def.name, def.arn, service, rest) else { continue };
        let regional = def.scope == Scope::Regional;
        // A bucket's ARN has neither region nor account, a snapshot's no account; all else says what it has.
        if regional && region.is_empty() {
            continue;
        }
        let resource = ResourceId {
            partition: partition.into(),
            account: account.into(),
            region: if regional { region.into() } else { GLOBAL.into() },
            kind: Kind::of(def),
            id,
        };
        found.push((before, resource));
    }
    // A template that says more about the form knows better what it is.
    let best = found.iter().map(|(before, _)| *before).max().unwrap_or_default();
    found.retain(|(before, _)| *before == best);
    if found.is_empty() {
        bail!("`{arn}` is of no kind that Trailhound knows: docs/reads.md lists what it reads");
    }
    Ok(found.into_iter().map(|(_, resource)| resource).collect())
}

/// The id in the last part of an ARN, and how much of that part says what kind it is.
fn id_of(kind: &str, template: Option<&str>, service: &str, rest: &str) -> Option<(usize, Text)> {
    if let Some((_, own, before, part)) = OTHERS.iter().find(|(name, ..)| *name == kind) {
        let name = rest.strip_prefix(before).filter(|_| *own == service)?;
        let id = match part {
            IdPart::Last => name.rsplit('/').next(),
            IdPart::First => name.split('/').next(),
            IdPart::AfterColon => name.rsplit(':').next(),
        };
        return id.filter(|id| !id.is_empty()).map(|id| (before.len(), id.into()));
    }
    let mut parts = template?.splitn(6, ':');
    let (own, form) = (parts.nth(2)?, parts.last()?);
    if own != service {
        return None;
    }
    let Some((before, after)) = form.split_once("{id}") else {
        return (form == rest).then(|| (form.len(), kinds::account::SELF.into()));
    };
    let id = rest.strip_prefix(before)?.strip_suffix(after)?;
    // A log group's ARN may end in what means its streams; an object's names its bucket first.
    let id = if service == "logs" { id.trim_end_matches(":*") } else { id };
    let is_object = service == "s3" && id.contains('/');
    (!id.is_empty() && !is_object).then(|| (before.len() + after.len(), id.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_a_resource_of_a_kind_or_of_several_of_one_form() {
        let here = "eu-west-1:111122223333";
        for (arn, expected) in [
            ("arn:aws:s3:::invoices".to_owned(), "AWS::S3::Bucket invoices ( global)"),
            (
                format!("arn:aws:ec2:{here}:security-group/sg-1"),
                "AWS::EC2::SecurityGroup sg-1 (111122223333 eu-west-1)",
            ),
            ("arn:aws:iam::111122223333:root".to_owned(), "Trailhound::Account self (111122223333 global)"),
            ("arn:aws:iam::111122223333:role/a/b/c".to_owned(), "AWS::IAM::Role c (111122223333 global)"),
            (format!("arn:aws:rds:{here}:db:orders"), "AWS::RDS::DBInstance orders (111122223333 eu-west-1)"),
            (format!("arn:aws:logs:{here}:log-group:/a/b:*"), "AWS::Logs::LogGroup /a/b (111122223333 eu-west-1)"),
            (format!("arn:aws:eks:{here}:cluster/c"), "AWS::EKS::Cluster c (111122223333 eu-west-1)"),
            (
                format!("arn:aws:cloudformation:{here}:stack/s/1-2"),
                "AWS::CloudFormation::Stack s (111122223333 eu-west-1)",
            ),
            (
                "arn:aws-cn:sqs:cn-north-1:111122223333:jobs".to_owned(),
                "AWS::SQS::Queue jobs (111122223333 cn-north-1)",
            ),
        ] {
            let found: Vec<String> = resources(&arn).unwrap().iter().map(ToString::to_string).collect();
            assert_eq!(found, [expected], "{arn}");
        }
        let several = resources(&format!("arn:aws:elasticloadbalancing:{here}:loadbalancer/app/web/1")).unwrap();
        assert_eq!(several.len(), 2, "{several:?}");
    }

    #[test]
    fn what_a_kind_says_of_itself_is_understood() {
        for def in kinds::ALL {
            let region = if def.scope == Scope::Regional { "eu-west-1" } else { GLOBAL };
            let resource = ResourceId {
                partition: "aws".into(),
                account: "111122223333".into(),
                region: region.into(),
                kind: Kind::of(def),
                id: if def.name == "Trailhound::Account" { kinds::account::SELF } else { "x" }.into(),
            };
            let Some(arn) = resource.arn() else { continue };
            let found = resources(&arn).unwrap();
            assert!(
                found.iter().any(|found| found.kind == resource.kind && found.id == resource.id),
                "{arn}: {found:?}"
            );
        }
    }

    #[test]
    fn what_is_no_arn_or_of_no_known_kind_is_said() {
        for (arn, part) in [
            ("invoices", "is no ARN"),
            ("arn:aws:s3", "is no ARN"),
            ("urn:aws:s3:::invoices", "is no ARN"),
            ("arn:aws:s3:::invoices/file.pdf", "no kind"),
            ("arn:aws:polly:eu-west-1:111122223333:lexicon/x", "no kind"),
            ("arn:aws:ec2::111122223333:instance/i-1", "no kind"),
            ("arn:aws:ec2:cn-north-1:111122223333:instance/i-1", "no region of it"),
            ("arn:amazon:s3:::invoices", "partition"),
            ("arn:aws:ec2:eu-west-1:1111:instance/i-1", "twelve digits"),
        ] {
            let error = resources(arn).unwrap_err().to_string();
            assert!(error.contains(part), "{arn}: {error}");
        }
    }
}
