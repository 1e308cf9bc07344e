//! Who a resource is: partition, account, region, kind and id, and the other names it goes by.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Kind, Text};

/// The region written for what exists once per account or partition: IAM, CloudFront, buckets, the account itself.
///
/// Bucket names are unique in a partition and calls about one bucket are logged in more than one region, so the region is
/// an observed property of a bucket and not part of its identity.
pub const GLOBAL: &str = "global";

/// The identity of one resource. Two events with equal identities speak about the same thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceId {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: Text,
    /// The twelve-digit account that owns it.
    pub account: Text,
    /// The region, or [`GLOBAL`].
    pub region: Text,
    /// The kind.
    pub kind: Kind,
    /// The id within account, region and kind: a name, a generated id, or what follows them in an ARN.
    pub id: Text,
}

impl ResourceId {
    /// The ARN, where the kind has one that follows from the identity.
    #[must_use]
    pub fn arn(&self) -> Option<String> {
        let mut template = self.kind.def().arn?;
        let mut arn = String::with_capacity(template.len() + self.id.len());
        while let Some((before, rest)) = template.split_once('{') {
            let (name, after) = rest.split_once('}')?;
            arn.push_str(before);
            arn.push_str(match name {
                "partition" => &self.partition,
                "region" => &self.region,
                "account" => &self.account,
                "id" => &self.id,
                _ => return None,
            });
            template = after;
        }
        arn.push_str(template);
        Some(arn)
    }
}

impl ResourceId {
    /// The resource of a kind that an ARN names, if the ARN fits the kind's template. Parts that the ARN leaves empty (a
    /// bucket's account) come from `near`, a resource or event in the same place.
    #[must_use]
    pub fn from_arn(kind: Kind, arn: &str, near: &Self) -> Option<Self> {
        if !arn.starts_with("arn:") {
            return None;
        }
        // The sixth part of an ARN is the resource; the kind's template says what stands around the id in it.
        let (prefix, suffix) = kind.def().arn?.splitn(6, ':').last()?.split_once("{id}").unwrap_or(("", ""));
        let mut parts = arn.splitn(6, ':');
        let (_, partition, _, region, account) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let id = parts.next()?.strip_prefix(prefix)?.strip_suffix(suffix)?;
        if id.is_empty() {
            return None;
        }
        let or_near = |part: &str, near: &Text| if part.is_empty() { near.clone() } else { part.into() };
        Some(Self {
            partition: partition.into(),
            account: or_near(account, &near.account),
            region: match kind.def().scope {
                crate::Scope::Global => GLOBAL.into(),
                crate::Scope::Regional => or_near(region, &near.region),
            },
            kind,
            id: id.into(),
        })
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({} {})", self.kind, self.id, self.account, self.region)
    }
}

/// The partition that a region belongs to.
#[must_use]
pub fn partition_of(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// Another name for a resource, or for a key in it, that a call may use instead of the identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Alias {
    /// The account the name is used in.
    pub account: Text,
    /// The region the name is used in, or [`GLOBAL`].
    pub region: Text,
    /// What kind of resource it stands for.
    pub kind: Kind,
    /// What kind of name it is, for example `flow-log` or `group-name`.
    pub space: Text,
    /// The name.
    pub name: Text,
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} `{}` ({} {})", self.kind, self.space, self.name, self.account, self.region)
    }
}

/// An event's statement that an alias stands for a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Binding {
    /// The name.
    pub alias: Alias,
    /// What it stands for.
    pub resource: ResourceId,
    /// Whether the name began to mean this resource in this event. A mention also holds for the time before it; a birth
    /// does not: the name may have belonged to an earlier resource.
    pub birth: bool,
}

/// What an effect applies to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A resource known by its identity.
    Resource(ResourceId),
    /// A resource known by another name only; resolved when a binding is known.
    Alias(Alias),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::s3::BUCKET;

    #[test]
    fn an_arn_and_an_identity_are_two_ways_to_say_one_thing() {
        let bucket = ResourceId {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: GLOBAL.into(),
            kind: Kind::of(&BUCKET),
            id: "acme-invoices".into(),
        };
        let arn = bucket.arn().unwrap();
        assert_eq!(arn, "arn:aws:s3:::acme-invoices");
        assert_eq!(ResourceId::from_arn(bucket.kind, &arn, &bucket).unwrap(), bucket);
        for wrong in ["acme-invoices", "arn:aws:s3:::", "arn:aws:s3", ""] {
            assert_eq!(ResourceId::from_arn(bucket.kind, wrong, &bucket), None, "{wrong}");
        }
    }
}
