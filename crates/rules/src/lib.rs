//! Every built-in rule: its page, its function and its cases. Pure: rules cannot fail, only answer.
//!
//! One rule, one file: the directory and the file's stem are its id. The registry is a plain slice per service.

pub mod network;
pub mod policy;
pub mod secret;

mod rule;
mod settings;
mod signs;

mod accessanalyzer;
mod cloudtrail;
mod config;
mod ec2;
mod guardduty;
mod iam;
mod s3;
mod securityhub;

pub use rule::{Control, Framework, Item, Rule, all, named, of_kind};
pub use settings::Settings;
pub use signs::Signs;

/// The rules of each service.
pub static RULES: &[&[&Rule]] = &[
    accessanalyzer::RULES,
    cloudtrail::RULES,
    config::RULES,
    ec2::RULES,
    guardduty::RULES,
    iam::RULES,
    s3::RULES,
    securityhub::RULES,
];
