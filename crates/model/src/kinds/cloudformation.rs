//! CloudFormation stacks.

use crate::{Initial, Keyed, KindDef, Scope, SecretLooking};

/// A stack. Its id is its name, unique among the region's living stacks.
pub static STACK: KindDef = KindDef {
    name: "AWS::CloudFormation::Stack",
    scope: Scope::Regional,
    arn: None,
    facets: &[&PARAMETER_SECRETS.def, &OUTPUT_SECRETS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The parameters that look like secrets and that AWS shows to everyone who may describe the stack, by name. Whether it
/// does is said by the template (`NoEcho`), which no call shows.
pub static PARAMETER_SECRETS: Keyed<SecretLooking> =
    Keyed::observed("ParameterSecrets").read_by(&["cloudformation:DescribeStacks"]).initially(Initial::Unread);

/// The outputs that look like secrets, by name.
pub static OUTPUT_SECRETS: Keyed<SecretLooking> =
    Keyed::observed("OutputSecrets").read_by(&["cloudformation:DescribeStacks"]).initially(Initial::Unread);
