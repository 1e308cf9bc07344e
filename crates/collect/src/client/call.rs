//! An operation of AWS as data: where it is sent, how it is written, what it may answer.

use trailhound_model::{Map, Value};

/// How a service writes requests and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Form parameters in, XML out; lists are `Name.member.1`. Holds the API version.
    Query(&'static str),
    /// Form parameters in, XML out; lists are `Name.1`. Holds the API version.
    Ec2(&'static str),
    /// Paths and query strings in, XML out, with S3's way of signing and of saying where a bucket is.
    S3,
    /// Paths and query strings in, JSON out.
    RestJson,
    /// JSON both ways, the operation in a header. Holds what stands before its name there.
    Json10(&'static str),
    /// As [`Protocol::Json10`], version 1.1.
    Json11(&'static str),
}

/// Where a service has its endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// One per region: `ec2.eu-west-1.amazonaws.com`.
    Regional,
    /// One per region and account: `111122223333.s3-control.eu-west-1.amazonaws.com`.
    PerAccount,
    /// As [`Endpoint::PerAccount`], in one region for all.
    PerAccountIn(&'static str),
    /// One per partition.
    Global,
}

/// A service of AWS.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its name in IAM's actions: `ec2`.
    pub(crate) name: &'static str,
    /// The first label of its endpoint's host name, where that is another.
    pub(crate) host: &'static str,
    /// The name that signatures are made for.
    pub(crate) signing: &'static str,
    /// How it writes.
    pub(crate) protocol: Protocol,
    /// Where it is.
    pub(crate) endpoint: Endpoint,
    /// The most calls per second, kept well below AWS's quota of the account, which others need too.
    pub(crate) rate: f64,
    /// The most calls at a time.
    pub(crate) at_once: usize,
}

impl Service {
    /// A regional service with one name for everything.
    pub(crate) const fn new(name: &'static str, protocol: Protocol) -> Self {
        Self { name, host: name, signing: name, protocol, endpoint: Endpoint::Regional, rate: 10.0, at_once: 8 }
    }

    /// Its host name and signing name where they differ from its name in IAM.
    pub(crate) const fn at(mut self, host: &'static str, signing: &'static str) -> Self {
        self.host = host;
        self.signing = signing;
        self
    }

    pub(crate) const fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// At most so many calls per second, and so many at a time.
    pub(crate) const fn limited(mut self, rate: f64, at_once: usize) -> Self {
        self.rate = rate;
        self.at_once = at_once;
        self
    }
}

/// How an operation hands out a long list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages {
    /// The parameter that asks for the next page.
    pub(crate) ask: &'static str,
    /// The member of the answer that holds its value.
    pub(crate) next: &'static str,
    /// The member that says whether there is a next page, where the service has one.
    pub(crate) truncated: Option<&'static str>,
}

/// An error of AWS that is an answer: its code and, where one code says several things, a part of its message.
pub(crate) type Said = (&'static str, &'static str);

/// An operation.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) service: &'static Service,
    /// Its name in the API.
    pub(crate) name: &'static str,
    /// The IAM action that allows it, which may have another name.
    pub(crate) action: &'static str,
    pub(crate) method: &'static str,
    /// The path and query string of the REST protocols, with `{Parameter}` in the place of parameters. Parameters that it
    /// does not name are headers if they begin with `x-amz-`, else go into the query string.
    pub(crate) path: &'static str,
    pub(crate) pages: Option<Pages>,
    /// The errors that mean: there is no such thing set.
    pub(crate) absent: &'static [Said],
    /// The errors that mean: there is no such resource.
    pub(crate) gone: &'static [Said],
}

impl Call {
    /// An operation of a protocol that sends everything to one path.
    pub(crate) const fn new(service: &'static Service, name: &'static str, action: &'static str) -> Self {
        Self { service, name, action, method: "POST", path: "/", pages: None, absent: &[], gone: &[] }
    }

    /// An operation of a REST protocol.
    pub(crate) const fn get(
        service: &'static Service,
        name: &'static str,
        action: &'static str,
        path: &'static str,
    ) -> Self {
        Self { service, name, action, method: "GET", path, pages: None, absent: &[], gone: &[] }
    }

    pub(crate) const fn pages(mut self, ask: &'static str, next: &'static str) -> Self {
        self.pages = Some(Pages { ask, next, truncated: None });
        self
    }

    /// A list that says by itself whether it was cut: IAM's `IsTruncated`.
    pub(crate) const fn truncated(mut self, ask: &'static str, next: &'static str, truncated: &'static str) -> Self {
        self.pages = Some(Pages { ask, next, truncated: Some(truncated) });
        self
    }

    pub(crate) const fn absent(mut self, errors: &'static [Said]) -> Self {
        self.absent = errors;
        self
    }

    pub(crate) const fn gone(mut self, errors: &'static [Said]) -> Self {
        self.gone = errors;
        self
    }
}

/// The parameters of a request.
pub(crate) type Parameters = Map;

/// Parameters from pairs.
pub(crate) fn parameters<const N: usize>(members: [(&str, Value); N]) -> Parameters {
    members.into_iter().map(|(name, value)| (name.into(), value)).collect()
}
