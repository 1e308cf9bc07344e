//! Calls to DynamoDB: paging, patience with throttles and faults, and what a refusal means.

use std::collections::HashMap;
use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, KeysAndAttributes, Put, ReturnValue, ReturnValuesOnConditionCheckFailure,
    Select, TransactWriteItem, Update,
};
use tokio::task::JoinSet;
use tokio::time::Instant;
use trailhound_engine::port::StoreError;

use crate::table::{Index, PARTITION, SORT};

/// A row, as DynamoDB gives and takes it.
pub(super) type Row = HashMap<String, AttributeValue>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// How long to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// After how long a call without an answer is given up and repeated.
    pub attempt: Duration,
    /// For how long calls are repeated in all. To be shorter than what the whole program may take.
    pub budget: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempt: Duration::from_secs(3), budget: Duration::from_secs(15) }
    }
}

/// The first pause is at most this long, every further one at most twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How many calls are under way at once when many resources are asked for.
const AT_ONCE: usize = 16;

/// A BatchGetItem takes so many keys.
const BATCH: usize = 100;

/// Codes of errors that pass.
const PASSING: [&str; 10] = [
    "InternalServerError",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingError",
    "ThrottlingException",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Why a call did not do what it should.
#[derive(Debug)]
pub(super) enum Fault {
    /// Repeating may help.
    Passing(Source),
    /// Repeating will not help.
    Lasting(Source),
    /// A condition did not hold: which of the writes, and the row that was there, if any.
    Refused(Vec<(usize, Option<Row>)>),
}

/// Which rows to read, in the order of their sort key.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    /// The table itself if none.
    pub(super) index: Option<Index>,
    pub(super) partition: String,
    /// All if none.
    pub(super) range: Option<Range>,
    /// An attribute that must have a value.
    pub(super) only: Option<(&'static str, String)>,
    /// Only these attributes; all if empty.
    pub(super) attributes: &'static [&'static str],
    /// Only the first so many.
    pub(super) limit: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Range {
    Prefix(String),
    Between(String, String),
}

/// One write of a transaction.
#[derive(Clone, Debug)]
pub(super) enum Write {
    /// Writes a row; `expected` is the version that must be there, 0 for none at all.
    Put { row: Row, expected: Option<u64> },
    /// Deletes a row, if it is there.
    Delete { partition: String, sort: String },
    /// Writes nothing, but the row must have this version.
    Check { partition: String, sort: String, version: u64 },
    /// Takes an attribute from a row, which must have this version.
    Strip { partition: String, sort: String, version: u64, attribute: &'static str },
}

/// The table, and how to call it.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    pub(super) client: Client,
    pub(super) table: String,
    pub(super) patience: Patience,
}

impl Wire {
    /// Repeats a call while its faults are passing ones, with growing pauses of random length.
    async fn patiently<T, F>(&self, mut call: impl FnMut() -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let end = Instant::now() + self.patience.budget;
        let mut longest = FIRST_PAUSE;
        loop {
            match call().await {
                Err(Fault::Passing(source)) => {
                    let pause = longest.mul_f64(random());
                    if Instant::now() + pause >= end {
                        return Err(Fault::Passing(source));
                    }
                    tokio::time::sleep(pause).await;
                    longest = (longest * 2).min(LONGEST_PAUSE);
                }
                other => return other,
            }
        }
    }

    /// The rows of a query, all pages.
    pub(super) async fn query(&self, doing: &str, query: &Query) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .patiently(|| async { self.page(query, after.clone(), Select::AllAttributes).await })
                .await
                .map_err(|fault| self.failed(doing, fault))?;
            rows.extend(page.items.unwrap_or_default());
            let enough = query.limit.is_some_and(|limit| rows.len() >= limit);
            after = page.last_evaluated_key.filter(|key| !key.is_empty());
            if enough || after.is_none() {
                rows.truncate(query.limit.unwrap_or(usize::MAX));
                return Ok(rows);
            }
        }
    }

    /// How many rows a query has.
    pub(super) async fn count(&self, doing: &str, query: &Query) -> Result<u64, StoreError> {
        let mut count = 0;
        let mut after = None;
        loop {
            let page = self
                .patiently(|| async { self.page(query, after.clone(), Select::Count).await })
                .await
                .map_err(|fault| self.failed(doing, fault))?;
            count += u64::try_from(page.count).unwrap_or_default();
            after = page.last_evaluated_key.filter(|key| !key.is_empty());
            if after.is_none() {
                return Ok(count);
            }
        }
    }

    async fn page(
        &self,
        query: &Query,
        after: Option<Row>,
        select: Select,
    ) -> Result<aws_sdk_dynamodb::operation::query::QueryOutput, Fault> {
        let (partition, sort) = query.index.map_or((PARTITION, SORT), |index| (index.partition, index.sort));
        let mut call = self
            .client
            .query()
            .table_name(&self.table)
            .set_index_name(query.index.map(|index| index.name.to_owned()))
            // Indexes cannot be read consistently.
            .consistent_read(query.index.is_none())
            .expression_attribute_names("#partition", partition)
            .expression_attribute_values(":partition", text(&query.partition))
            .set_exclusive_start_key(after);
        call = match &query.range {
            None => call.key_condition_expression("#partition = :partition"),
            Some(Range::Prefix(prefix)) => call
                .key_condition_expression("#partition = :partition AND begins_with(#sort, :prefix)")
                .expression_attribute_names("#sort", sort)
                .expression_attribute_values(":prefix", text(prefix)),
            Some(Range::Between(first, last)) => call
                .key_condition_expression("#partition = :partition AND #sort BETWEEN :first AND :last")
                .expression_attribute_names("#sort", sort)
                .expression_attribute_values(":first", text(first))
                .expression_attribute_values(":last", text(last)),
        };
        if let Some((attribute, value)) = &query.only {
            call = call
                .filter_expression("#only = :only")
                .expression_attribute_names("#only", *attribute)
                .expression_attribute_values(":only", text(value));
        } else if let Some(limit) = query.limit {
            // With a filter the limit would count what the filter drops.
            call = call.limit(i32::try_from(limit).unwrap_or(i32::MAX));
        }
        if select == Select::Count {
            call = call.select(select);
        } else if !query.attributes.is_empty() {
            let names: Vec<String> = (0..query.attributes.len()).map(|index| format!("#a{index}")).collect();
            call = call.projection_expression(names.join(", "));
            for (name, attribute) in names.into_iter().zip(query.attributes) {
                call = call.expression_attribute_names(name, *attribute);
            }
        }
        call.send().await.map_err(fault)
    }

    /// One row, if it is there.
    pub(super) async fn get(&self, doing: &str, partition: &str, sort: &str) -> Result<Option<Row>, StoreError> {
        let call = || async {
            let call = self.client.get_item().table_name(&self.table).consistent_read(true);
            let call = call.key(PARTITION, text(partition)).key(SORT, text(sort));
            call.send().await.map(|output| output.item).map_err(fault)
        };
        self.patiently(call).await.map_err(|fault| self.failed(doing, fault))
    }

    /// The rows with these keys, in any order; those that are not there are left out.
    pub(super) async fn get_all(&self, doing: &str, keys: &[(String, String)]) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        for keys in keys.chunks(BATCH) {
            let mut left: Vec<Row> = keys.iter().map(|(partition, sort)| key(partition, sort)).collect();
            while !left.is_empty() {
                let call = || async {
                    let keys = KeysAndAttributes::builder().set_keys(Some(left.clone())).consistent_read(true);
                    let keys = keys.build().map_err(|error| Fault::Lasting(error.into()))?;
                    let call = self.client.batch_get_item().request_items(&self.table, keys);
                    let output = call.send().await.map_err(fault)?;
                    let found = output.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
                    let rest = output.unprocessed_keys.unwrap_or_default().remove(&self.table);
                    let rest = rest.map(|rest| rest.keys).unwrap_or_default();
                    if found.is_empty() && rest.len() == left.len() {
                        return Err(Fault::Passing("no key of a batch was processed".into()));
                    }
                    Ok((found, rest))
                };
                let (found, rest) = self.patiently(call).await.map_err(|fault| self.failed(doing, fault))?;
                rows.extend(found);
                left = rest;
            }
        }
        Ok(rows)
    }

    /// Writes one row if the version there is the expected one.
    pub(super) async fn put(&self, row: &Row, expected: Option<u64>) -> Result<(), Fault> {
        self.patiently(|| async {
            let mut call = self
                .client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(row.clone()))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            if let Some(expected) = expected {
                let (condition, names, values) = version_is(expected);
                call = call
                    .condition_expression(condition)
                    .set_expression_attribute_names(Some(names))
                    .set_expression_attribute_values(values);
            }
            call.send().await.map(drop).map_err(|error| match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    Fault::Refused(vec![(0, refused.item().cloned())])
                }
                _ => fault(error),
            })
        })
        .await
    }

    /// Writes all or nothing, at most 100. DynamoDB takes a repetition with the same token for the same transaction.
    pub(super) async fn transact(&self, writes: &[Write], token: &str) -> Result<(), Fault> {
        let writes =
            writes.iter().map(|write| self.transact_item(write)).collect::<Result<Vec<TransactWriteItem>, Fault>>()?;
        self.patiently(|| async {
            let call = self.client.transact_write_items().client_request_token(token);
            call.set_transact_items(Some(writes.clone())).send().await.map(drop).map_err(|error| {
                let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
                else {
                    return fault(error);
                };
                let reasons = cancelled.cancellation_reasons();
                let refused: Vec<(usize, Option<Row>)> = reasons
                    .iter()
                    .enumerate()
                    .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
                    .map(|(index, reason)| (index, reason.item.clone()))
                    .collect();
                if !refused.is_empty() {
                    return Fault::Refused(refused);
                }
                let codes = || reasons.iter().filter_map(|reason| reason.code()).filter(|code| *code != "None");
                let passing = codes().next().is_some() && codes().all(|code| PASSING.contains(&code));
                let names: Vec<&str> = codes().collect();
                let source = format!("the transaction was cancelled: {}", names.join(", ")).into();
                if passing { Fault::Passing(source) } else { Fault::Lasting(source) }
            })
        })
        .await
    }

    fn transact_item(&self, write: &Write) -> Result<TransactWriteItem, Fault> {
        let built = |error: aws_sdk_dynamodb::error::BuildError| Fault::Lasting(error.into());
        let item = TransactWriteItem::builder();
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        Ok(match write {
            Write::Put { row, expected } => {
                let mut put = Put::builder().table_name(&self.table).set_item(Some(row.clone()));
                if let Some(expected) = expected {
                    let (condition, names, values) = version_is(*expected);
                    put = put
                        .condition_expression(condition)
                        .set_expression_attribute_names(Some(names))
                        .set_expression_attribute_values(values)
                        .return_values_on_condition_check_failure(old);
                }
                item.put(put.build().map_err(built)?).build()
            }
            Write::Delete { partition, sort } => {
                let delete = Delete::builder().table_name(&self.table).set_key(Some(key(partition, sort)));
                item.delete(delete.build().map_err(built)?).build()
            }
            Write::Check { partition, sort, version } => {
                let (condition, names, values) = version_is(*version);
                let check = ConditionCheck::builder()
                    .table_name(&self.table)
                    .set_key(Some(key(partition, sort)))
                    .condition_expression(condition)
                    .set_expression_attribute_names(Some(names))
                    .set_expression_attribute_values(values);
                item.condition_check(check.build().map_err(built)?).build()
            }
            Write::Strip { partition, sort, version, attribute } => {
                let (condition, names, values) = version_is(*version);
                let update = Update::builder()
                    .table_name(&self.table)
                    .set_key(Some(key(partition, sort)))
                    .update_expression("REMOVE #attribute")
                    .condition_expression(condition)
                    .set_expression_attribute_names(Some(names))
                    .expression_attribute_names("#attribute", *attribute)
                    .set_expression_attribute_values(values);
                item.update(update.build().map_err(built)?).build()
            }
        })
    }

    /// Changes one row. Returns what it has of the changed attributes now; `None` if the condition did not hold.
    pub(super) async fn update(&self, doing: &str, update: &Change) -> Result<Option<Row>, StoreError> {
        let result = self.patiently(|| self.try_update(update)).await;
        match result {
            Ok(row) => Ok(Some(row)),
            Err(Fault::Refused(_)) => Ok(None),
            Err(fault) => Err(self.failed(doing, fault)),
        }
    }

    /// As [`Wire::update`], but once.
    pub(super) async fn try_update(&self, update: &Change) -> Result<Row, Fault> {
        let Change { partition, sort, expression, condition, names, values } = update;
        let call = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(partition, sort)))
            .update_expression(*expression)
            .condition_expression(*condition)
            .return_values(ReturnValue::UpdatedNew)
            .set_expression_attribute_names(
                (!names.is_empty())
                    .then(|| names.iter().map(|(name, attribute)| ((*name).to_owned(), attribute.clone())).collect()),
            )
            .set_expression_attribute_values(
                (!values.is_empty())
                    .then(|| values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()),
            );
        call.send().await.map(|output| output.attributes.unwrap_or_default()).map_err(|error| {
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Fault::Refused(Vec::new()),
                _ => fault(error),
            }
        })
    }

    /// An error of the port.
    pub(super) fn failed(&self, doing: &str, fault: Fault) -> StoreError {
        let doing = format!("{doing} in the table `{}`", self.table);
        match fault {
            Fault::Passing(source) => StoreError::Busy { doing, source },
            Fault::Lasting(source) => StoreError::Failed { doing, source },
            Fault::Refused(_) => StoreError::Failed { doing, source: "a condition did not hold".into() },
        }
    }

    /// Does the same for each of many, several at once, and gives the results in the order of the many.
    pub(super) async fn each<I, T, F>(&self, many: Vec<I>, work: impl Fn(Self, I) -> F) -> Result<Vec<T>, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        if many.len() == 1 {
            let mut results = Vec::with_capacity(1);
            for one in many {
                results.push(work(self.clone(), one).await?);
            }
            return Ok(results);
        }
        let mut done: Vec<Option<T>> = std::iter::repeat_with(|| None).take(many.len()).collect();
        let mut running = JoinSet::new();
        let mut waiting = many.into_iter().enumerate();
        loop {
            while running.len() < AT_ONCE {
                let Some((index, one)) = waiting.next() else { break };
                let work = work(self.clone(), one);
                running.spawn(async move { (index, work.await) });
            }
            match running.join_next().await {
                None => return Ok(done.into_iter().flatten().collect()),
                Some(Err(error)) => return Err(self.failed("working on several rows", Fault::Lasting(error.into()))),
                Some(Ok((index, result))) => {
                    let result = result?;
                    if let Some(slot) = done.get_mut(index) {
                        *slot = Some(result);
                    }
                }
            }
        }
    }
}

/// A change of one row.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) partition: String,
    pub(super) sort: String,
    pub(super) expression: &'static str,
    pub(super) condition: &'static str,
    pub(super) names: Vec<(&'static str, String)>,
    pub(super) values: Vec<(&'static str, AttributeValue)>,
}

/// What kind of fault an error is.
fn fault<E>(error: SdkError<E>) -> Fault
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let passing = match &error {
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        // A connection that ends without an answer is of the kind that the client takes for transient.
        SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout() || failure.as_other().is_some(),
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            status >= 500 || status == 429 || service.err().code().is_some_and(|code| PASSING.contains(&code))
        }
        _ => false,
    };
    let source = match error {
        SdkError::ServiceError(service) => Source::from(Answered {
            code: service.err().code().unwrap_or("unnamed").to_owned(),
            status: service.raw().status().as_u16(),
            source: service.into_err(),
        }),
        error => Source::from(error),
    };
    if passing { Fault::Passing(source) } else { Fault::Lasting(source) }
}

/// An error that DynamoDB answered with. It shows the code alone; the message, which may quote values, is its source.
#[derive(Debug)]
struct Answered<E> {
    code: String,
    status: u16,
    source: E,
}

impl<E> std::fmt::Display for Answered<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (HTTP {})", self.code, self.status)
    }
}

impl<E: std::error::Error + 'static> std::error::Error for Answered<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

type Condition = (&'static str, HashMap<String, String>, Option<HashMap<String, AttributeValue>>);

fn version_is(expected: u64) -> Condition {
    if expected == 0 {
        ("attribute_not_exists(#version)", HashMap::from([("#version".to_owned(), "PK".to_owned())]), None)
    } else {
        let names = HashMap::from([("#version".to_owned(), "version".to_owned())]);
        let values = HashMap::from([(":version".to_owned(), number(&expected))]);
        ("#version = :version", names, Some(values))
    }
}

pub(super) fn key(partition: &str, sort: &str) -> Row {
    Row::from([(PARTITION.to_owned(), text(partition)), (SORT.to_owned(), text(sort))])
}

pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(super) fn number(number: &impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// From 0 to 1. Nothing depends on it but the length of pauses, so the standard library's seed is random enough.
fn random() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(0) >> 32).unwrap_or_default();
    f64::from(bits) / f64::from(u32::MAX)
}
