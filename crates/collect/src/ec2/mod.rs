//! EC2, in the few calls that are needed of it.

pub(crate) mod disk;
pub(crate) mod group;
pub(crate) mod instance;
pub(crate) mod network;
pub(crate) mod region;

use trailhound_model::Value;

use crate::client::{Call, Protocol, Service};

static EC2: Service = Service::new("ec2", Protocol::Ec2("2016-11-15")).limited(10.0, 8);

const fn call(name: &'static str, action: &'static str) -> Call {
    Call::new(&EC2, name, action)
}

/// A call whose answer may come in pages.
const fn list(name: &'static str, action: &'static str) -> Call {
    call(name, action).pages("NextToken", "nextToken")
}

/// A list of one id.
fn one(id: &str) -> Value {
    Value::List(vec![id.into()])
}

/// A filter by one value.
fn filter(name: &str, value: &str) -> (&'static str, Value) {
    ("Filter", vec![Value::map([("Name", Some(name.into())), ("Value", Some(one(value)))])].into())
}
