//! Redshift Serverless: workgroups.

mod workgroup_private;

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[&workgroup_private::RULE];
