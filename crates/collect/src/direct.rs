//! The two calls that read no resource: whose credentials these are, and what a function answers. Only a person's program
//! makes them, so that no generated policy allows them.

use trailhound_model::kinds::account::{ACCOUNT, SELF};
use trailhound_model::{Kind, ResourceId, Text, Value, partition_of};

use crate::client::{Call, Error, Parameters, Protocol, Request, Service, parameters};
use crate::{Collector, read::needed};

static STS: Service = Service::new("sts", Protocol::Query("2011-06-15"));
static GET_CALLER_IDENTITY: Call = Call::new(&STS, "GetCallerIdentity", "sts:GetCallerIdentity");

static LAMBDA: Service = Service::new("lambda", Protocol::RestJson);
static INVOKE: Call = Call {
    method: "POST",
    ..Call::get(&LAMBDA, "Invoke", "lambda:InvokeFunction", "/2015-03-31/functions/{FunctionName}/invocations")
}
.gone(&[("ResourceNotFoundException", "")]);

/// Whose credentials are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The partition.
    pub partition: Text,
    /// The account.
    pub account: Text,
    /// The user or session.
    pub arn: Text,
}

/// Why a call was not answered.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct Unanswered(#[from] Error);

/// What a function ended with.
#[derive(Clone, Debug, PartialEq)]
pub enum Invoked {
    /// It answered.
    Answered(Value),
    /// It failed: what it says about it.
    Failed(Value),
}

impl Collector {
    /// Asks whose credentials these are. No policy can forbid it.
    ///
    /// # Errors
    /// When AWS does not know the credentials, or cannot be reached.
    pub async fn caller(&self, region: &str) -> Result<Caller, Unanswered> {
        let answer = self.client.send(&GET_CALLER_IDENTITY, &nobody(region), &Parameters::new()).await?;
        let text = |name| needed(answer.get(name).and_then(Value::as_str));
        let (account, arn) = (text("Account")?, text("Arn")?);
        let partition = arn.split(':').nth(1).unwrap_or_default();
        Ok(Caller { partition: partition.into(), account: account.into(), arn: arn.into() })
    }

    /// Invokes a function and waits for its answer. The payload is JSON.
    ///
    /// # Errors
    /// When there is no such function in the region, it may not be invoked, or nobody answers in time.
    pub async fn invoke(&self, region: &str, function: &str, payload: String) -> Result<Invoked, Unanswered> {
        let mut request = Request::of(&INVOKE, &parameters([("FunctionName", function.into())]));
        request.body = payload;
        let answer = self.client.post(&INVOKE, &nobody(region), request).await?;
        // A function that fails is answered with these two, whatever it is written in.
        let failed = answer.get("errorType").is_some() && answer.get("errorMessage").is_some();
        Ok(if failed { Invoked::Failed(answer) } else { Invoked::Answered(answer) })
    }
}

/// Where a call that is about no resource goes: with the credentials as they are, to this region.
fn nobody(region: &str) -> ResourceId {
    ResourceId {
        partition: partition_of(region).into(),
        account: Text::default(),
        region: region.into(),
        kind: Kind::of(&ACCOUNT),
        id: SELF.into(),
    }
}
