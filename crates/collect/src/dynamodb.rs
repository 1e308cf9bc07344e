//! DynamoDB tables.

use trailhound_model::kinds::dynamodb::{self, TABLE};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, document, known, needed};

static DYNAMODB: Service = Service::new("dynamodb", Protocol::Json10("DynamoDB_20120810")).limited(10.0, 4);

static DESCRIBE_TABLE: Call =
    Call::new(&DYNAMODB, "DescribeTable", "dynamodb:DescribeTable").gone(&[("ResourceNotFoundException", "")]);
static GET_POLICY: Call = Call::new(&DYNAMODB, "GetResourcePolicy", "dynamodb:GetResourcePolicy")
    .absent(&[("PolicyNotFoundException", "")])
    .gone(&[("ResourceNotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &TABLE,
    reads: &[
        Read {
            facets: &[&dynamodb::KMS_ENCRYPTION.def],
            calls: &[&DESCRIBE_TABLE],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&DESCRIBE_TABLE, [("TableName", reader.id().into())]).await?;
                    let table = answer.body().at(&["Table"]);
                    if needed(table.text("TableStatus"))? == "DELETING" {
                        return Err(Error::Deleting);
                    }
                    // A table that no key of the account encrypts has no description of it.
                    let status = table.at(&["SSEDescription"]).text("Status");
                    let on = status.is_some_and(|status| !matches!(status, "DISABLED" | "DISABLING"));
                    Ok(vec![(&dynamodb::KMS_ENCRYPTION.def, known(on))])
                })
            },
        },
        Read {
            facets: &[&dynamodb::POLICY.def],
            calls: &[&GET_POLICY],
            run: |reader| {
                Box::pin(async move {
                    let arn = needed(reader.resource.arn())?;
                    let answer = reader.ask(&GET_POLICY, [("ResourceArn", arn.into())]).await?;
                    Ok(vec![(&dynamodb::POLICY.def, document(answer.body(), "Policy"))])
                })
            },
        },
    ],
}];
