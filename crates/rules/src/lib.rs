//! Every built-in rule: its page, its function and its cases. Pure: rules cannot fail, only answer.
//!
//! One rule, one file: the directory and the file's stem are its id. The registry is a plain slice per service.

pub mod exception;
pub mod network;
pub mod policy;
pub mod secret;

mod parameters;
mod rule;
mod settings;
mod signs;
mod timing;

mod accessanalyzer;
mod backup;
mod cloudformation;
mod cloudfront;
mod cloudtrail;
mod codebuild;
mod cognito;
mod config;
mod dax;
mod dms;
mod docdb;
mod dynamodb;
mod ec2;
mod ecr;
mod ecs;
mod efs;
mod eks;
mod elasticache;
mod elb;
mod firehose;
mod guardduty;
mod iam;
mod kinesis;
mod kms;
mod lambda;
mod logs;
mod mq;
mod msk;
mod neptune;
mod opensearch;
mod rds;
mod redshift;
mod redshiftserverless;
mod s3;
mod sagemaker;
mod secretsmanager;
mod securityhub;
mod sns;
mod sqs;
mod ssm;
mod trailhound;

pub use exception::{Acceptance, Exception, Exceptions};
pub use rule::{Control, Family, Framework, Item, Rule, all, named, of_kind};
pub use settings::{Organisation, Settings, SettingsError};
pub use signs::Signs;
pub use timing::{Timing, When};

/// The rules of each service.
pub static RULES: &[&[&Rule]] = &[
    accessanalyzer::RULES,
    backup::RULES,
    cloudformation::RULES,
    cloudfront::RULES,
    cloudtrail::RULES,
    codebuild::RULES,
    cognito::RULES,
    config::RULES,
    dax::RULES,
    dms::RULES,
    docdb::RULES,
    dynamodb::RULES,
    ec2::RULES,
    ecr::RULES,
    ecs::RULES,
    efs::RULES,
    eks::RULES,
    elasticache::RULES,
    elb::RULES,
    firehose::RULES,
    guardduty::RULES,
    iam::RULES,
    kinesis::RULES,
    kms::RULES,
    lambda::RULES,
    logs::RULES,
    mq::RULES,
    msk::RULES,
    neptune::RULES,
    opensearch::RULES,
    rds::RULES,
    redshift::RULES,
    redshiftserverless::RULES,
    s3::RULES,
    sagemaker::RULES,
    secretsmanager::RULES,
    securityhub::RULES,
    sns::RULES,
    sqs::RULES,
    ssm::RULES,
    trailhound::RULES,
];
