//! CloudFormation stacks.

use crate::{Initial, Keyed, KindDef, Scope, SecretLooking};

/// A stack. Its id is its name, unique among the region's living stacks.
pub static STACK: KindDef = KindDef {
    name: "AWS::CloudFormation::Stack",
    scope: Scope::Regional,
    arn: None,
    facets: &[&PARAMETERS.def, &OUTPUTS.def],
    relations: &[],
    parts: &[],
    owner: None,
};

/// The parameters that look like secrets and that AWS shows to everyone who may describe the stack, by name. Whether it
/// does is said by the template (`NoEcho`), which no call shows.
pub static PARAMETERS: Keyed<SecretLooking> =
    Keyed::observed("StackParameters").read_by(&["cloudformation:DescribeStacks"]).initially(Initial::Unread);

/// The outputs that look like secrets, by name.
pub static OUTPUTS: Keyed<SecretLooking> =
    Keyed::observed("StackOutputs").read_by(&["cloudformation:DescribeStacks"]).initially(Initial::Unread);
