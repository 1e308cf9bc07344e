//! Reads: which calls return which facets, and how.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::try_join_all;
use tokio::sync::OnceCell;
use trailhound_model::{FacetDef, KindDef, Map, ResourceId, State, Text, Value, Why};
use trailhound_trail::interpret::Body;

use crate::client::{Call, Client, Error, Parameters, parameters};

/// The states of the facets that a read returns.
pub(crate) type States = Vec<(&'static FacetDef, State)>;

/// A read under way.
pub(crate) type Reads<'a> = Pin<Box<dyn Future<Output = Result<States, Error>> + Send + 'a>>;

/// Facets that the same calls return.
pub(crate) struct Read {
    /// What it returns. All of it or, if a call fails, none.
    pub(crate) facets: &'static [&'static FacetDef],
    /// The calls that it makes, and no others: see [`Reader::pages`].
    pub(crate) calls: &'static [&'static Call],
    /// Makes them.
    pub(crate) run: for<'a> fn(&'a Reader<'a>) -> Reads<'a>,
}

/// How a kind is read.
pub(crate) struct KindReads {
    pub(crate) kind: &'static KindDef,
    pub(crate) reads: &'static [Read],
}

/// The answers that one reading of a resource has had: reads of several facets may need the same one.
pub(crate) type Answers = Mutex<HashMap<(&'static str, String), Arc<OnceCell<Result<Arc<Vec<Value>>, Error>>>>>;

/// What a read asks its questions through.
pub(crate) struct Reader<'a> {
    pub(crate) client: &'a Client,
    pub(crate) resource: &'a ResourceId,
    pub(crate) calls: &'static [&'static Call],
    pub(crate) answers: &'a Answers,
}

impl<'a> Reader<'a> {
    /// The resource's id.
    pub(crate) fn id(&self) -> &'a str {
        &self.resource.id
    }

    /// All pages of a call's answer. A call that the read does not declare is not made: the declarations are what the
    /// generated IAM policy allows.
    pub(crate) async fn pages<const N: usize>(
        &self,
        call: &'static Call,
        with: [(&str, Value); N],
    ) -> Result<Arc<Vec<Value>>, Error> {
        if !self.calls.iter().any(|declared| std::ptr::eq(*declared, call)) {
            return Err(Error::malformed("a read made a call that it does not declare"));
        }
        let with: Parameters = parameters(with);
        let key = (call.name, Value::Map(with.clone()).to_json());
        let cell = Arc::clone(self.answers.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        cell.get_or_init(|| async { Ok(Arc::new(self.client.send_all(call, self.resource, &with).await?)) })
            .await
            .clone()
    }

    /// The answer of a call that has one page.
    pub(crate) async fn ask<const N: usize>(
        &self,
        call: &'static Call,
        with: [(&str, Value); N],
    ) -> Result<Answer, Error> {
        Ok(Answer { pages: self.pages(call, with).await? })
    }
}

/// An answer, all of its pages.
pub(crate) struct Answer {
    pages: Arc<Vec<Value>>,
}

impl Answer {
    /// What the answer says; its first page.
    pub(crate) fn body(&self) -> Body<'_> {
        Body::new(self.pages.first())
    }

    /// The elements of a list, of all pages.
    pub(crate) fn list<'s>(&'s self, path: &'s [&'s str]) -> impl Iterator<Item = Body<'s>> {
        self.pages.iter().flat_map(move |page| Body::new(Some(page)).at(path).elements())
    }

    /// The only element of a list that names what was asked for: none means that there is no such resource.
    pub(crate) fn only<'s>(&'s self, path: &'s [&'s str]) -> Result<Body<'s>, Error> {
        self.list(path).next().ok_or(Error::Gone)
    }

    /// The texts of a list, of all pages. One that is no text leaves the list unknown: it may be what is looked for.
    pub(crate) fn texts(&self, path: &[&str]) -> Result<Vec<String>, Error> {
        let texts = |page| Body::new(Some(page)).at(path).elements();
        let text = |element: Body<'_>| needed(element.as_str().map(str::to_owned));
        self.pages.iter().flat_map(texts).map(text).collect()
    }
}

/// A value.
pub(crate) fn known(value: impl Into<Value>) -> State {
    State::Known(value.into())
}

/// A value that AWS answers for most resources; where it does not, nothing is assumed.
pub(crate) fn told(value: Option<impl Into<Value>>) -> State {
    value.map_or(State::Unread(Why::ReadFailed("AWS does not tell".into())), known)
}

/// A value, or that there is none.
pub(crate) fn stated(value: Option<impl Into<Value>>) -> State {
    value.map_or(State::Absent, |value| State::Known(value.into()))
}

/// A keyed facet with all its entries.
pub(crate) fn entries(entries: impl IntoIterator<Item = (Text, Value)>) -> State {
    State::Known(Value::Map(entries.into_iter().collect::<Map>()))
}

/// A member that the API always answers.
pub(crate) fn needed<T>(member: Option<T>) -> Result<T, Error> {
    member.ok_or(Error::malformed("the answer lacks a member"))
}

/// A document in an answer. What is no JSON is not known.
pub(crate) fn document(body: Body<'_>, name: &str) -> State {
    match body.document(name) {
        Ok(value) => stated(value),
        Err(_) => State::Unread(Why::NotUnderstood("the document is not JSON".into())),
    }
}

/// Runs a call for each of several names at once.
pub(crate) async fn each<T, F: Future<Output = Result<T, Error>>>(
    names: impl IntoIterator<Item = String>,
    read: impl Fn(String) -> F,
) -> Result<Vec<T>, Error> {
    try_join_all(names.into_iter().map(read)).await
}
