//! Secrets Manager secrets. No read returns a secret's value.

use trailhound_model::Value;
use trailhound_model::kinds::secretsmanager::{self, SECRET};
use trailhound_trail::interpret::secretsmanager::schedule;

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, Reader, document, needed, stated};

static SECRETS: Service = Service::new("secretsmanager", Protocol::Json11("secretsmanager")).limited(10.0, 4);

static DESCRIBE_SECRET: Call =
    Call::new(&SECRETS, "DescribeSecret", "secretsmanager:DescribeSecret").gone(&[("ResourceNotFoundException", "")]);
static GET_POLICY: Call = Call::new(&SECRETS, "GetResourcePolicy", "secretsmanager:GetResourcePolicy")
    .gone(&[("ResourceNotFoundException", ""), ("InvalidRequestException", "deletion")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &SECRET,
    reads: &[
        Read {
            facets: &[&secretsmanager::ROTATION.def],
            calls: &[&DESCRIBE_SECRET],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE_SECRET, [secret(reader)?]).await?;
                    let secret = answer.body();
                    if secret.at(&["DeletedDate"]).is_present() {
                        return Err(Error::Deleting);
                    }
                    let on = secret.flag("RotationEnabled").unwrap_or(false);
                    let rules = schedule(secret.at(&["RotationRules"])).unwrap_or_else(|| Value::map([]));
                    Ok(vec![(&secretsmanager::ROTATION.def, stated(on.then_some(rules)))])
                })
            },
        },
        Read {
            facets: &[&secretsmanager::POLICY.def],
            calls: &[&GET_POLICY],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&GET_POLICY, [secret(reader)?]).await?;
                    Ok(vec![(&secretsmanager::POLICY.def, document(answer.body(), "ResourcePolicy"))])
                })
            },
        },
    ],
}];

fn secret(reader: &Reader<'_>) -> Result<(&'static str, Value), Error> {
    Ok(("SecretId", needed(reader.resource.arn())?.into()))
}
