//! Redshift parameter groups.

use trailhound_model::Value;
use trailhound_model::kinds::redshift::{PARAMETERS, REQUIRE_SSL};

use crate::life::{Writer, stated};

/// The parameter that decides about TLS; of others the name alone is looked at.
pub(super) fn parameter_group(writer: &mut Writer<'_>) {
    writer.list(&PARAMETERS, PARAMETERS.name, |_, parameter| {
        let Value::Text(name) = stated(parameter, "ParameterName").ok()?? else { return None };
        let value = match &*name {
            REQUIRE_SSL => Some(stated(parameter, "ParameterValue").ok()??.to_string().into()),
            _ => Some("".into()),
        };
        let entry = Value::map([("ParameterName", Some(name.clone().into())), ("ParameterValue", value)]);
        Some((name, entry))
    });
}
