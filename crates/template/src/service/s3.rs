//! S3 buckets.

use trailhound_model::kinds::s3;
use trailhound_model::{State, Value, Why};

use crate::life::{Said, Writer};

pub(super) fn bucket(writer: &mut Writer<'_>) {
    let grants = match writer.said("AccessControl") {
        Said::Nothing => return,
        Said::Value(Value::Text(canned)) => s3::canned_grants(&canned),
        _ => None,
    };
    match grants {
        Some(grants) => writer.state(&s3::GRANTS, State::Known(grants)),
        None => writer.unread(&s3::GRANTS, Why::Unresolved),
    }
}
