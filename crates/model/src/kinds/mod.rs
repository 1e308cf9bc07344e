//! Every kind and its facets: one file per AWS service, one static per kind.
//!
//! A facet is the smallest part that is written, read and judged as one. Its value has the shape of the CloudFormation
//! property it is named after; what CloudFormation does not have is *observed*.

use crate::KindDef;

pub mod accessanalyzer;
pub mod account;
pub mod cloudformation;
pub mod cloudfront;
pub mod cloudtrail;
pub mod codebuild;
pub mod config;
pub mod ecr;
pub mod ecs;
pub mod eks;
pub mod elb;
pub mod guardduty;
pub mod iam;
pub mod lambda;
pub mod logs;
pub mod s3;
pub mod securityhub;

/// Every kind there is.
pub static ALL: &[&KindDef] = &[
    &account::ACCOUNT,
    &account::REGION,
    &cloudformation::STACK,
    &cloudfront::DISTRIBUTION,
    &cloudtrail::TRAIL,
    &codebuild::PROJECT,
    &ecr::REPOSITORY,
    &ecs::SERVICE,
    &ecs::TASK_DEFINITION,
    &eks::CLUSTER,
    &elb::LISTENER,
    &elb::LOAD_BALANCER,
    &guardduty::DETECTOR,
    &iam::GROUP,
    &iam::MANAGED_POLICY,
    &iam::ROLE,
    &iam::USER,
    &lambda::FUNCTION,
    &logs::LOG_GROUP,
    &s3::ACCESS_POINT,
    &s3::BUCKET,
];
