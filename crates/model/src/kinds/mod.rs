//! Every kind and its facets: one file per AWS service, one static per kind.
//!
//! A facet is the smallest part that is written, read and judged as one. Its value has the shape of the CloudFormation
//! property it is named after; what CloudFormation does not have is *observed*.

use crate::KindDef;

pub mod account;
pub mod iam;
pub mod s3;

/// Every kind there is.
pub static ALL: &[&KindDef] =
    &[&account::ACCOUNT, &account::REGION, &iam::GROUP, &iam::MANAGED_POLICY, &iam::ROLE, &iam::USER, &s3::BUCKET];
