//! Cognito identity pools.

use trailhound_model::kinds::cognito::{ALLOW_GUESTS, IDENTITY_POOL};

use crate::client::{Call, Protocol, Service};
use crate::read::{KindReads, Read, known, needed};

static COGNITO: Service =
    Service::new("cognito-identity", Protocol::Json11("AWSCognitoIdentityService")).limited(2.0, 2);

static DESCRIBE: Call = Call::new(&COGNITO, "DescribeIdentityPool", "cognito-identity:DescribeIdentityPool")
    .gone(&[("ResourceNotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &IDENTITY_POOL,
    reads: &[Read {
        facets: &[&ALLOW_GUESTS.def],
        calls: &[&DESCRIBE],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&DESCRIBE, [("IdentityPoolId", reader.id().into())]).await?;
                let guests = needed(answer.body().flag("AllowUnauthenticatedIdentities"))?;
                Ok(vec![(&ALLOW_GUESTS.def, known(guests))])
            })
        },
    }],
}];
