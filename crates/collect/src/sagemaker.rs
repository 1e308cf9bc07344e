//! SageMaker notebook instances.

use trailhound_model::kinds::sagemaker::{DIRECT_INTERNET_ACCESS, NOTEBOOK};

use crate::client::{Call, Error, Protocol, Service};
use crate::read::{KindReads, Read, known, needed};

static SAGEMAKER: Service =
    Service::new("sagemaker", Protocol::Json11("SageMaker")).at("api.sagemaker", "sagemaker").limited(2.0, 2);

static DESCRIBE: Call = Call::new(&SAGEMAKER, "DescribeNotebookInstance", "sagemaker:DescribeNotebookInstance")
    .gone(&[("ValidationException", "recordnotfound")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &NOTEBOOK,
    reads: &[Read {
        facets: &[&DIRECT_INTERNET_ACCESS.def],
        calls: &[&DESCRIBE],
        run: |reader| {
            Box::pin(async move {
                let answer = reader.ask(&DESCRIBE, [("NotebookInstanceName", reader.id().into())]).await?;
                if answer.body().text("NotebookInstanceStatus") == Some("Deleting") {
                    return Err(Error::Deleting);
                }
                let access = needed(answer.body().text("DirectInternetAccess"))?;
                Ok(vec![(&DIRECT_INTERNET_ACCESS.def, known(access))])
            })
        },
    }],
}];
