//! Every kind and its facets: one file per AWS service, one static per kind.
//!
//! A facet is the smallest part that is written, read and judged as one. Its value has the shape of the CloudFormation
//! property it is named after; what CloudFormation does not have is *observed*.

use crate::KindDef;

pub mod accessanalyzer;
pub mod account;
pub mod backup;
pub mod cloudformation;
pub mod cloudfront;
pub mod cloudtrail;
pub mod codebuild;
pub mod cognito;
pub mod config;
pub mod dax;
pub mod dms;
pub mod dynamodb;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod efs;
pub mod eks;
pub mod elasticache;
pub mod elb;
pub mod firehose;
pub mod guardduty;
pub mod iam;
pub mod kinesis;
pub mod kms;
pub mod lambda;
pub mod logs;
pub mod mq;
pub mod msk;
pub mod opensearch;
pub mod pipeline;
pub mod rds;
pub mod redshift;
pub mod redshiftserverless;
pub mod s3;
pub mod sagemaker;
pub mod secretsmanager;
pub mod securityhub;
pub mod sns;
pub mod sqs;
pub mod ssm;

/// Every kind there is.
pub static ALL: &[&KindDef] = &[
    &account::ACCOUNT,
    &account::REGION,
    &backup::VAULT,
    &cloudformation::STACK,
    &cloudfront::DISTRIBUTION,
    &cloudtrail::TRAIL,
    &codebuild::PROJECT,
    &cognito::IDENTITY_POOL,
    &dax::CLUSTER,
    &dms::ENDPOINT,
    &dms::REPLICATION_INSTANCE,
    &dynamodb::TABLE,
    &ec2::disk::IMAGE,
    &ec2::disk::SNAPSHOT,
    &ec2::disk::VOLUME,
    &ec2::group::PREFIX_LIST,
    &ec2::group::SECURITY_GROUP,
    &ec2::instance::INSTANCE,
    &ec2::instance::LAUNCH_TEMPLATE,
    &ec2::network::NETWORK_ACL,
    &ec2::network::SUBNET,
    &ec2::network::VPC,
    &ec2::network::VPC_ENDPOINT,
    &ecr::REPOSITORY,
    &ecs::SERVICE,
    &ecs::TASK_DEFINITION,
    &efs::FILE_SYSTEM,
    &eks::CLUSTER,
    &elasticache::REPLICATION_GROUP,
    &elb::CLASSIC_LOAD_BALANCER,
    &elb::LISTENER,
    &elb::LOAD_BALANCER,
    &firehose::DELIVERY_STREAM,
    &guardduty::DETECTOR,
    &iam::GROUP,
    &iam::MANAGED_POLICY,
    &iam::ROLE,
    &iam::USER,
    &kinesis::STREAM,
    &kms::KEY,
    &lambda::FUNCTION,
    &lambda::LAYER_VERSION,
    &logs::LOG_GROUP,
    &mq::BROKER,
    &msk::CLUSTER,
    &opensearch::DOMAIN,
    &opensearch::ELASTICSEARCH_DOMAIN,
    &rds::CLUSTER,
    &rds::INSTANCE,
    &rds::PARAMETER_GROUP,
    &rds::PROXY,
    &rds::SNAPSHOT,
    &redshift::CLUSTER,
    &redshift::PARAMETER_GROUP,
    &redshiftserverless::WORKGROUP,
    &s3::ACCESS_POINT,
    &s3::BUCKET,
    &s3::MULTI_REGION_ACCESS_POINT,
    &sagemaker::NOTEBOOK,
    &secretsmanager::SECRET,
    &sns::TOPIC,
    &sqs::QUEUE,
    &ssm::DOCUMENT,
    &ssm::PARAMETER,
];
