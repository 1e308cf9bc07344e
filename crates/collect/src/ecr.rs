//! ECR repositories.

use trailhound_model::Value;
use trailhound_model::kinds::ecr::{self, REPOSITORY};
use trailhound_trail::interpret::ecr::encryption;

use crate::client::{Call, Protocol, Service};
use crate::read::{KindReads, Read, document, stated};

static ECR: Service =
    Service::new("ecr", Protocol::Json11("AmazonEC2ContainerRegistry_V20150921")).at("api.ecr", "ecr").limited(5.0, 4);

static DESCRIBE: Call =
    Call::new(&ECR, "DescribeRepositories", "ecr:DescribeRepositories").gone(&[("RepositoryNotFoundException", "")]);
static GET_POLICY: Call = Call::new(&ECR, "GetRepositoryPolicy", "ecr:GetRepositoryPolicy")
    .absent(&[("RepositoryPolicyNotFoundException", "")])
    .gone(&[("RepositoryNotFoundException", "")]);

pub(crate) static READS: &[KindReads] = &[KindReads {
    kind: &REPOSITORY,
    reads: &[
        Read {
            facets: &[&ecr::ENCRYPTION.def],
            calls: &[&DESCRIBE],
            run: |reader| {
                Box::pin(async move {
                    let with = [("repositoryNames", Value::List(vec![reader.id().into()]))];
                    let answer = reader.ask(&DESCRIBE, with).await?;
                    Ok(vec![(&ecr::ENCRYPTION.def, stated(encryption(answer.only(&["repositories"])?)))])
                })
            },
        },
        Read {
            facets: &[&ecr::POLICY.def],
            calls: &[&GET_POLICY],
            run: |reader| {
                Box::pin(async move {
                    let answer = reader.ask(&GET_POLICY, [("repositoryName", reader.id().into())]).await?;
                    Ok(vec![(&ecr::POLICY.def, document(answer.body(), "policyText"))])
                })
            },
        },
    ],
}];
