//! CodeBuild projects. Environment variables are looked through for secrets at once, and never kept.

use trailhound_model::Value;
use trailhound_model::kinds::codebuild::{ENVIRONMENT_SECRETS, PROJECT};
use trailhound_trail::interpret::variables::Variables;

use crate::client::{Call, Protocol, Service};
use crate::read::{KindReads, Read};

static CODEBUILD: Service = Service::new("codebuild", Protocol::Json11("CodeBuild_20161006")).limited(5.0, 4);

static BATCH_GET: Call = Call::new(&CODEBUILD, "BatchGetProjects", "codebuild:BatchGetProjects");

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &PROJECT,
    reads: &[Read {
        facets: &[&ENVIRONMENT_SECRETS.def],
        calls: &[&BATCH_GET],
        run: |reader| {
            Box::pin(async move {
                let with = [("names", Value::List(vec![reader.id().into()]))];
                let answer = reader.ask(&BATCH_GET, with).await?;
                let listed = answer.only(&["projects"])?.at(&["environment"]).list("environmentVariables");
                // Others name where their value is kept.
                let plain =
                    listed.into_iter().filter(|variable| variable.text("type").is_none_or(|kind| kind == "PLAINTEXT"));
                let mut variables = Variables::default();
                variables.look("", plain);
                Ok(vec![(&ENVIRONMENT_SECRETS.def, variables.into_state())])
            })
        },
    }],
}];
