//! CloudFormation stacks. Parameters and outputs are looked through for secrets at once, and never kept.

use trailhound_model::kinds::cloudformation::{OUTPUT_SECRETS, PARAMETER_SECRETS, STACK};
use trailhound_model::{Secret, State};
use trailhound_trail::interpret::Body;
use trailhound_trail::interpret::variables::Variables;

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, needed};

static CLOUDFORMATION: Service = Service::new("cloudformation", Protocol::Query("2010-05-15")).limited(5.0, 4);

static DESCRIBE: Call = Call::new(&CLOUDFORMATION, "DescribeStacks", "cloudformation:DescribeStacks")
    .gone(&[("ValidationError", "does not exist")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &STACK,
    reads: &[Read {
        facets: &[&OUTPUT_SECRETS.def, &PARAMETER_SECRETS.def],
        calls: &[&DESCRIBE],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&DESCRIBE, [("StackName", reader.id().into())]).await?;
                let stack = answer.only(&["Stacks"])?;
                match needed(stack.text("StackStatus"))? {
                    "DELETE_IN_PROGRESS" => return Err(Error::Deleting),
                    "DELETE_COMPLETE" => return Err(Error::Gone),
                    _ => {}
                }
                Ok(vec![
                    (&OUTPUT_SECRETS.def, signs(stack.list("Outputs"), "OutputKey", "OutputValue")),
                    (&PARAMETER_SECRETS.def, signs(stack.list("Parameters"), "ParameterKey", "ParameterValue")),
                ])
            })
        },
    }],
}];

/// What looks like a secret of what everybody can see. AWS shows stars for parameters that the template hides.
fn signs(list: Vec<Body<'_>>, key: &str, value: &str) -> State {
    let mut variables = Variables::default();
    for shown in list {
        if let (Some(name), Some(value)) = (shown.text(key), shown.text(value)) {
            variables.look_at("", name, &Secret::new(value));
        }
    }
    variables.into_state()
}
