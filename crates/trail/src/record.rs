//! The typed door: one CloudTrail record, borrowed from the bytes it was read from.
//!
//! Only fields that the product uses are kept; all others are ignored. A record without the fields that every
//! CloudTrail record has (time, source, name, Region) is refused with the reason. Optional fields are lenient in the
//! ways that real records vary: numbers and booleans where text is usual and the reverse, one-element lists, `null`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use trailhound_model::{Second, Value};

use crate::compact;
use crate::interpret::Body;
use crate::json::{Json, Shape};
use crate::skip::SkipReason;

/// One CloudTrail record. Field names are CloudTrail's in Rust's spelling.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct Record<'a> {
    /// Who made the call. All members are `None` where the record does not say.
    #[serde(default, deserialize_with = "or_default")]
    pub user_identity: UserIdentity<'a>,
    /// When the call was completed, in whole seconds of Universal Time.
    #[serde(deserialize_with = "time")]
    pub event_time: Second,
    /// The service that was called, such as `s3.amazonaws.com`.
    #[serde(deserialize_with = "required_text")]
    pub event_source: Cow<'a, str>,
    /// The call as CloudTrail names it, which is not always the name of the API operation.
    #[serde(deserialize_with = "required_text")]
    pub event_name: Cow<'a, str>,
    /// The Region that the call was made to; `us-east-1` for global services.
    #[serde(deserialize_with = "required_text")]
    pub aws_region: Cow<'a, str>,
    /// An address, or the DNS name of the AWS service that made the call.
    #[serde(default, deserialize_with = "text", rename = "sourceIPAddress")]
    pub source_ip_address: Option<Cow<'a, str>>,
    /// The client; chosen by the caller and therefore hostile text.
    #[serde(default, deserialize_with = "text")]
    pub user_agent: Option<Cow<'a, str>>,
    /// Why the call failed. Present exactly when it did; see [`Record::failed`].
    #[serde(default, deserialize_with = "text")]
    pub error_code: Option<Cow<'a, str>>,
    /// The description of the error.
    #[serde(default, deserialize_with = "text")]
    pub error_message: Option<Cow<'a, str>>,
    /// What the caller asked for; `None` also for `null`. See [`Record::omitted`].
    #[serde(default, deserialize_with = "body")]
    pub request_parameters: Option<Json<'a>>,
    /// What the service answered; `None` also for `null`. See [`Record::omitted`].
    #[serde(default, deserialize_with = "body")]
    pub response_elements: Option<Json<'a>>,
    /// What happened, in records of type `AwsServiceEvent`, which no call caused.
    #[serde(default, deserialize_with = "body")]
    pub service_event_details: Option<Json<'a>>,
    /// What belongs to neither request nor response, such as `MFAUsed` of a sign-in.
    #[serde(default, deserialize_with = "body")]
    pub additional_event_data: Option<Json<'a>>,
    /// The id of the event: repeated deliveries share it. CloudTrail always writes one; a record that lost it on its
    /// way is named by its content (`content-` and 16 hexadecimal digits), so that a copy is still recognised.
    #[serde(default, deserialize_with = "text_or_empty", rename = "eventID", alias = "eventId")]
    pub event_id: Cow<'a, str>,
    /// Whether the call could change nothing; `None` where the record does not say.
    #[serde(default, deserialize_with = "flag")]
    pub read_only: Option<bool>,
    /// Resources that the service names beside the request.
    #[serde(default, deserialize_with = "resources")]
    pub resources: Vec<ResourceRef<'a>>,
    /// `AwsApiCall`, `AwsServiceEvent`, `AwsConsoleSignIn`, `AwsConsoleAction`, `AwsVpceEvent` or `AwsCloudTrailInsight`.
    #[serde(default, deserialize_with = "text")]
    pub event_type: Option<Cow<'a, str>>,
    /// Whether this is a management event; `None` in old records.
    #[serde(default, deserialize_with = "flag")]
    pub management_event: Option<bool>,
    /// The account whose trail recorded the event; see [`Record::account`].
    #[serde(default, deserialize_with = "text")]
    pub recipient_account_id: Option<Cow<'a, str>>,
    /// `Management`, `Data`, `NetworkActivity` or `Insight`; absent in old records. See [`Record::category`].
    #[serde(default, deserialize_with = "text")]
    pub event_category: Option<Cow<'a, str>>,
    /// Why the record is late or replaces another.
    #[serde(default, deserialize_with = "optional")]
    pub addendum: Option<Addendum<'a>>,
}

/// Who made a call.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub struct UserIdentity<'a> {
    /// `IAMUser`, `AssumedRole`, `Root`, `AWSService`, `AWSAccount`, `FederatedUser`, `IdentityCenterUser`, `SAMLUser`,
    /// `WebIdentityUser`, `Role`, `Directory` or `Unknown`.
    #[serde(deserialize_with = "text", rename = "type")]
    pub kind: Option<Cow<'a, str>>,
    /// The unique id; of a role session `id:session name`.
    #[serde(deserialize_with = "text")]
    pub principal_id: Option<Cow<'a, str>>,
    /// The ARN of the caller.
    #[serde(deserialize_with = "text")]
    pub arn: Option<Cow<'a, str>>,
    /// The caller's account, which may not be the one that was called.
    #[serde(deserialize_with = "text")]
    pub account_id: Option<Cow<'a, str>>,
    /// The name of an IAM or federated user.
    #[serde(deserialize_with = "text")]
    pub user_name: Option<Cow<'a, str>>,
    /// The AWS service that made the call for the caller, such as `cloudformation.amazonaws.com`.
    #[serde(deserialize_with = "text")]
    pub invoked_by: Option<Cow<'a, str>>,
    /// The provider of a SAML or web identity.
    #[serde(deserialize_with = "text")]
    pub identity_provider: Option<Cow<'a, str>>,
    /// The session behind temporary credentials.
    #[serde(deserialize_with = "optional")]
    pub session_context: Option<SessionContext<'a>>,
    /// The IAM Identity Center user on whose behalf the call was made.
    #[serde(deserialize_with = "optional")]
    pub on_behalf_of: Option<OnBehalfOf<'a>>,
}

/// The session behind temporary credentials.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub struct SessionContext<'a> {
    /// What issued the credentials: the role, or the user of a session token.
    #[serde(deserialize_with = "optional")]
    pub session_issuer: Option<SessionIssuer<'a>>,
    /// The web identity that the role was assumed with.
    #[serde(deserialize_with = "optional")]
    pub web_id_federation_data: Option<WebIdFederationData<'a>>,
    /// Set by the first of a chain of roles, and kept by all that follow.
    #[serde(deserialize_with = "text")]
    pub source_identity: Option<Cow<'a, str>>,
}

/// What issued temporary credentials.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub struct SessionIssuer<'a> {
    /// The ARN of the issuer.
    #[serde(deserialize_with = "text")]
    pub arn: Option<Cow<'a, str>>,
    /// The name of the role or user.
    #[serde(deserialize_with = "text")]
    pub user_name: Option<Cow<'a, str>>,
}

/// The web identity that a role was assumed with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub struct WebIdFederationData<'a> {
    /// The ARN or URL of the identity provider.
    #[serde(deserialize_with = "text")]
    pub federated_provider: Option<Cow<'a, str>>,
}

/// The IAM Identity Center user on whose behalf a call was made.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub struct OnBehalfOf<'a> {
    /// The id of the user in the identity store.
    #[serde(deserialize_with = "text")]
    pub user_id: Option<Cow<'a, str>>,
    /// The identity store.
    #[serde(deserialize_with = "text")]
    pub identity_store_arn: Option<Cow<'a, str>>,
}

/// A resource that the service names beside the request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub struct ResourceRef<'a> {
    /// The ARN.
    #[serde(deserialize_with = "text", rename = "ARN", alias = "arn")]
    pub arn: Option<Cow<'a, str>>,
    /// The account that owns it.
    #[serde(deserialize_with = "text")]
    pub account_id: Option<Cow<'a, str>>,
    /// The CloudFormation name of its type.
    #[serde(deserialize_with = "text", rename = "type")]
    pub kind: Option<Cow<'a, str>>,
}

/// Why a record is late or replaces another.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub struct Addendum<'a> {
    /// `DELIVERY_DELAY`, `UPDATED_DATA` or `SERVICE_OUTAGE`.
    #[serde(deserialize_with = "text")]
    pub reason: Option<Cow<'a, str>>,
    /// The event that an `UPDATED_DATA` record replaces.
    #[serde(deserialize_with = "text", rename = "originalEventID", alias = "originalEventId")]
    pub original_event_id: Option<Cow<'a, str>>,
}

/// What a record is about. Only management events say how resources are configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// A call to the control plane, a sign-in, or an event that a service reports.
    Management,
    /// Work with a resource's content.
    Data,
    /// Traffic through a VPC endpoint.
    NetworkActivity,
    /// Statistics about calls.
    Insight,
}

impl Category {
    /// Decides by the fields that say it: the category where there is one, else the type and the older flag.
    #[must_use]
    pub fn of(event_category: Option<&str>, event_type: Option<&str>, management_event: Option<bool>) -> Self {
        match (event_category, event_type, management_event) {
            (Some("Insight"), ..) | (None, Some("AwsCloudTrailInsight"), _) => Self::Insight,
            (Some("NetworkActivity"), ..) | (None, Some("AwsVpceEvent"), _) => Self::NetworkActivity,
            (Some("Data"), ..) | (None, _, Some(false)) => Self::Data,
            _ => Self::Management,
        }
    }

    /// Why a record of this category is not read; `None` for management events, which are.
    #[must_use]
    pub const fn skipped(self) -> Option<SkipReason> {
        match self {
            Self::Management => None,
            Self::Data => Some(SkipReason::DataEvent),
            Self::NetworkActivity => Some(SkipReason::NetworkActivity),
            Self::Insight => Some(SkipReason::Insight),
        }
    }
}

/// Why bytes are not a CloudTrail record. Messages quote little of the input and nothing of a body.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The bytes are not JSON text, or not of one value.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// The bytes end inside the record.
    #[error("the record ends early")]
    Cut,
    /// The value is JSON, but no object.
    #[error("not an object")]
    NotAnObject,
    /// A field that every record has is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A field has a type that cannot be understood.
    #[error("`{path}`: {problem}")]
    Shape {
        /// The field, such as `userIdentity.sessionContext`.
        path: String,
        /// What was expected and what was found.
        problem: String,
    },
    /// The event time is not a time.
    #[error("`eventTime`: {0}")]
    BadTime(#[from] trailhound_model::TimeError),
    /// The EventBridge event does not carry a CloudTrail record.
    #[error("not an EventBridge event from CloudTrail: {0}")]
    BadEnvelope(String),
    /// A CloudTrail Insights event in an EventBridge envelope.
    #[error("a CloudTrail Insights event")]
    Insight,
}

impl RecordError {
    /// The reason under which the record is counted.
    #[must_use]
    pub const fn reason(&self) -> SkipReason {
        match self {
            Self::NotJson(_) => SkipReason::NotJson,
            Self::Cut => SkipReason::Cut,
            Self::NotAnObject | Self::Missing(_) | Self::Shape { .. } => SkipReason::NotARecord,
            Self::BadTime(_) => SkipReason::BadTime,
            Self::BadEnvelope(_) => SkipReason::BadEnvelope,
            Self::Insight => SkipReason::Insight,
        }
    }
}

impl<'a> Record<'a> {
    /// Parses one record.
    ///
    /// # Errors
    /// When the bytes are not one JSON object or lack what every CloudTrail record has.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RecordError> {
        // One look at all bytes is cheaper than one at each string.
        let text = str::from_utf8(bytes).map_err(|error| RecordError::NotJson(error.to_string()))?;
        let read = compact::from_str(text).or_else(|_| serde_json::from_str(text));
        let mut record: Self = read.map_err(|_| explain(bytes))?;
        if record.event_id.is_empty() {
            record.event_id = Cow::Owned(format!("content-{:016x}", fingerprint(bytes)));
        }
        Ok(record)
    }

    /// Parses an EventBridge event that carries a record in `detail`. Bytes are those of the whole event.
    ///
    /// # Errors
    /// When the event does not come from CloudTrail, holds placeholders, or its record cannot be read.
    pub fn parse_envelope(bytes: &'a [u8]) -> Result<Self, RecordError> {
        Self::parse(envelope_detail(bytes)?)
    }

    /// The account that the event happened in: the trail's, or in records older than format 1.02 the caller's.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.recipient_account_id.as_deref().or(self.user_identity.account_id.as_deref())
    }

    /// Whether the call failed and so changed nothing.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.error_code.is_some() || self.error_message.is_some()
    }

    /// Whether the account's root user made the call.
    #[must_use]
    pub fn by_root(&self) -> bool {
        self.user_identity.kind.as_deref() == Some("Root")
    }

    /// What the record is about.
    #[must_use]
    pub fn category(&self) -> Category {
        Category::of(self.event_category.as_deref(), self.event_type.as_deref(), self.management_event)
    }

    /// The fields whose content CloudTrail left out because it was too long, such as `requestParameters` beyond 100 KB.
    /// What such a call changed is unknown.
    pub fn omitted(&self) -> impl Iterator<Item = &'static str> {
        [
            ("requestParameters", &self.request_parameters),
            ("responseElements", &self.response_elements),
            ("serviceEventDetails", &self.service_event_details),
            ("additionalEventData", &self.additional_event_data),
        ]
        .into_iter()
        .filter(|(_, body)| body.as_ref().is_some_and(is_omitted))
        .map(|(name, _)| name)
    }
}

/// CloudTrail puts `{"reason": "requestParameters too large", "omitted": true, "originalSize": 149893}` in the place of
/// what it leaves out.
fn is_omitted(body: &Json<'_>) -> bool {
    let body = Body::logged(Some(body));
    body.at(&["omitted"]).as_bool() == Some(true)
        && ["originalSize", "reason"].iter().any(|name| body.at(&[name]).is_present())
}

/// The `detail-type`s under which CloudTrail sends records to EventBridge. The sign-in type is documented with one
/// spelling and delivered with another.
pub const DETAIL_TYPES: [&str; 6] = [
    "AWS API Call via CloudTrail",
    "AWS Console Action via CloudTrail",
    "AWS Console Sign In via CloudTrail",
    "AWS Console Signin via CloudTrail",
    "AWS Network Activity Event via CloudTrail",
    "AWS Service Event via CloudTrail",
];

/// The bytes of the record in an EventBridge event.
///
/// # Errors
/// When the bytes are not an EventBridge event from CloudTrail.
pub fn envelope_detail(bytes: &[u8]) -> Result<&[u8], RecordError> {
    #[derive(Deserialize)]
    #[serde(bound(deserialize = "'de: 'a"))]
    struct Envelope<'a> {
        #[serde(default, rename = "detail-type", deserialize_with = "text")]
        detail_type: Option<Cow<'a, str>>,
        #[serde(borrow)]
        detail: Option<&'a RawValue>,
    }

    let envelope: Envelope<'_> = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => RecordError::BadEnvelope(shorten(&error.to_string())),
        serde_json::error::Category::Eof => RecordError::Cut,
        _ => RecordError::NotJson(error.to_string()),
    })?;
    let Some(detail_type) = envelope.detail_type else {
        return Err(RecordError::BadEnvelope("`detail-type` is missing".to_owned()));
    };
    if detail_type == "AWS Insight via CloudTrail" {
        return Err(RecordError::Insight);
    }
    if !DETAIL_TYPES.contains(&&*detail_type) {
        return Err(RecordError::BadEnvelope(format!("`detail-type` is `{}`", shorten(&detail_type))));
    }
    match envelope.detail {
        Some(detail) => Ok(detail.get().as_bytes()),
        None => Err(RecordError::BadEnvelope("`detail` is missing".to_owned())),
    }
}

/// Foreign text may be long.
fn shorten(text: &str) -> String {
    text.chars().take(96).collect()
}

/// FNV-1a: stable across versions and machines, which `std`'s hashers do not promise.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Finds out why bytes are no record. Only failures come here, so a second and third look may cost what they cost.
fn explain(bytes: &[u8]) -> RecordError {
    /// The required fields, each of any type.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Required {
        event_time: Option<Value>,
        event_source: Option<Value>,
        event_name: Option<Value>,
        aws_region: Option<Value>,
    }

    let required = match serde_json::from_slice::<Required>(bytes) {
        Ok(required) => required,
        Err(error) => {
            return match error.classify() {
                serde_json::error::Category::Eof => RecordError::Cut,
                // A field given twice is the only way for an object to fail here.
                serde_json::error::Category::Data if bytes.trim_ascii_start().first() != Some(&b'{') => {
                    RecordError::NotAnObject
                }
                serde_json::error::Category::Data => {
                    RecordError::Shape { path: "record".to_owned(), problem: shorten(&error.to_string()) }
                }
                _ => RecordError::NotJson(error.to_string()),
            };
        }
    };
    let fields = [
        ("eventName", &required.event_name),
        ("eventTime", &required.event_time),
        ("eventSource", &required.event_source),
        ("awsRegion", &required.aws_region),
    ];
    if let Some((name, _)) = fields.iter().find(|(_, value)| value.is_none()) {
        return RecordError::Missing(name);
    }
    if let Some(Err(error)) = required.event_time.as_ref().and_then(Value::as_str).map(parse_time) {
        return error.into();
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize::<_, Record<'_>>(&mut deserializer) {
        // Then what follows the object is the fault.
        Ok(_) => RecordError::NotJson("more than one value".to_owned()),
        Err(error) => {
            RecordError::Shape { path: error.path().to_string(), problem: shorten(&error.inner().to_string()) }
        }
    }
}

/// CloudTrail writes `2023-07-10T12:10:08Z`; tools that keep records in tables drop the offset, which is always UTC.
fn parse_time(text: &str) -> Result<Second, trailhound_model::TimeError> {
    Second::parse(text).or_else(|error| {
        let has_offset = text.ends_with(['Z', 'z']);
        if has_offset { Err(error) } else { Second::parse(&format!("{text}Z")).map_err(|_| error) }
    })
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Second, D::Error> {
    parse_time(&required_text(deserializer)?).map_err(D::Error::custom)
}

fn required_text<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'a, str>, D::Error> {
    text(deserializer)?.ok_or_else(|| D::Error::custom("expected text, found null"))
}

fn text_or_empty<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'a, str>, D::Error> {
    Ok(text(deserializer)?.unwrap_or_default())
}

/// Text, borrowed where it has no escapes. A scalar is taken as its spelling, a list of one as its element.
fn text<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    struct Text;

    impl<'de> Visitor<'de> for Text {
        type Value = Option<Cow<'de, str>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text")
        }

        fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok(Some(Cow::Borrowed(text)))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(Cow::Owned(text.to_owned())))
        }

        fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
            Ok(Some(Cow::Owned(text)))
        }

        fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
            Ok(Some(Cow::Borrowed(if value { "true" } else { "false" })))
        }

        fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
            Ok(Some(Cow::Owned(value.to_string())))
        }

        fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
            Ok(Some(Cow::Owned(value.to_string())))
        }

        fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
            Ok(Some(Cow::Owned(value.to_string())))
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_any(self)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let first = items.next_element::<Scalar<'de>>()?.and_then(|scalar| scalar.0);
            if items.next_element::<IgnoredAny>()?.is_some() {
                return Err(A::Error::custom("expected text, found a list"));
            }
            Ok(first)
        }
    }

    /// An element of a list that stands for text.
    struct Scalar<'a>(Option<Cow<'a, str>>);

    impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            text(deserializer).map(Scalar)
        }
    }

    deserializer.deserialize_any(Text)
}

/// A boolean or its spelling; any other text says nothing.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(text(deserializer)?.as_deref().and_then(spelled_flag))
}

/// The boolean that a text spells.
pub(crate) fn spelled_flag(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// An object or `null`.
fn optional<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// An object, or nothing at all for `null`.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A request, a response or their like. Tools that keep records in tables write such a body as JSON text.
fn body<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json<'a>>, D::Error> {
    let body = Json::deserialize(deserializer)?;
    let parsed = match body.part().shape() {
        Shape::Text(text) => Json::owned(text).filter(|json| matches!(json.part().shape(), Shape::Map | Shape::Null)),
        _ => None,
    };
    Ok(Some(parsed.unwrap_or(body)).filter(|body| body.part().shape() != Shape::Null))
}

/// A list of resources; elements that are no objects are passed over.
fn resources<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ResourceRef<'a>>, D::Error> {
    struct Resources;

    impl<'de> Visitor<'de> for Resources {
        type Value = Vec<ResourceRef<'de>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of resources")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element::<Element<'de>>()? {
                list.extend(item.0);
            }
            Ok(list)
        }
    }

    /// An element of the list.
    struct Element<'a>(Option<ResourceRef<'a>>);

    impl<'de: 'a, 'a> Deserialize<'de> for Element<'a> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct OneElement;

            impl<'de> Visitor<'de> for OneElement {
                type Value = Option<ResourceRef<'de>>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a resource")
                }

                fn visit_unit<E>(self) -> Result<Self::Value, E> {
                    Ok(None)
                }

                fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                    Ok(None)
                }

                fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
                    ResourceRef::deserialize(serde::de::value::MapAccessDeserializer::new(members)).map(Some)
                }
            }

            deserializer.deserialize_any(OneElement).map(Element)
        }
    }

    deserializer.deserialize_any(Resources)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::*;

    const MINIMAL: &str = r#""eventTime":"2023-07-10T12:10:08Z","eventSource":"s3.amazonaws.com","eventName":"CreateBucket","awsRegion":"eu-west-1""#;

    fn with(members: &str) -> String {
        format!("{{{MINIMAL},{members}}}")
    }

    #[test]
    fn reads_what_a_management_event_holds() {
        let json = with(
            r#""eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:ada",
            "arn":"arn:aws:sts::111122223333:assumed-role/Admin/ada","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE",
            "invokedBy":"cloudformation.amazonaws.com","onBehalfOf":{"userId":"u-1","identityStoreArn":"arn:aws:identitystore::1:x"},
            "inScopeOf":{"issuerType":"AWS::Lambda::Function"},
            "sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/Admin","accountId":"111122223333",
            "userName":"Admin"},"webIdFederationData":{},"sourceIdentity":"ada",
            "attributes":{"creationDate":"2023-07-10T12:00:00Z","mfaAuthenticated":"true"}}},
            "sourceIPAddress":"cloudformation.amazonaws.com","userAgent":"say \"hi\"","requestParameters":{"bucketName":"b"},
            "responseElements":null,"additionalEventData":{"x-amz-id-2":"x"},"requestID":"R","eventID":"E","readOnly":false,
            "resources":[{"ARN":"arn:aws:s3:::b","accountId":"111122223333","type":"AWS::S3::Bucket"}],
            "eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","sharedEventID":"S",
            "eventCategory":"Management","addendum":{"reason":"UPDATED_DATA","originalEventID":"O","updatedFields":"eventName"},
            "tlsDetails":{"tlsVersion":"TLSv1.3"}"#,
        );
        let record = Record::parse(json.as_bytes()).unwrap();
        let who = &record.user_identity;
        let session = who.session_context.as_ref().unwrap();
        assert_eq!(record.event_time.to_string(), "2023-07-10T12:10:08Z");
        assert_eq!((&*record.event_source, &*record.event_name), ("s3.amazonaws.com", "CreateBucket"));
        assert_eq!((&*record.aws_region, &*record.event_id), ("eu-west-1", "E"));
        assert_eq!(record.account(), Some("111122223333"));
        assert_eq!(record.user_agent.as_deref(), Some("say \"hi\""));
        assert_eq!(Body::logged(record.request_parameters.as_ref()).text("bucketName"), Some("b"));
        assert!(record.response_elements.is_none() && !record.failed() && !record.by_root());
        assert_eq!((record.read_only, record.management_event), (Some(false), Some(true)));
        assert_eq!(record.category(), Category::Management);
        assert_eq!(record.resources[0].arn.as_deref(), Some("arn:aws:s3:::b"));
        assert_eq!(record.addendum.as_ref().unwrap().original_event_id.as_deref(), Some("O"));
        assert_eq!(who.kind.as_deref(), Some("AssumedRole"));
        assert_eq!(who.on_behalf_of.as_ref().unwrap().user_id.as_deref(), Some("u-1"));
        assert_eq!(session.source_identity.as_deref(), Some("ada"));
        assert_eq!(session.session_issuer.as_ref().unwrap().user_name.as_deref(), Some("Admin"));
        assert!(matches!(record.event_source, Cow::Borrowed(_)), "plain text is not copied");
    }

    #[test]
    fn tolerates_what_real_records_vary_in() {
        let json = with(
            r#""userIdentity":null,"userAgent":["agent"],"readOnly":"true","recipientAccountId":111122223333,
            "managementEvent":"...","resources":["x",null,{"arn":"a"}],"requestParameters":"null",
            "serviceEventDetails":"{\"state\":\"SUCCEEDED\"}","responseElements":"text","errorCode":null"#,
        );
        let record = Record::parse(json.as_bytes()).unwrap();
        assert_eq!(record.user_agent.as_deref(), Some("agent"));
        assert_eq!((record.read_only, record.management_event), (Some(true), None));
        assert_eq!(record.account(), Some("111122223333"));
        assert_eq!(record.resources.len(), 1);
        assert!(record.request_parameters.is_none());
        assert_eq!(Body::logged(record.service_event_details.as_ref()).text("state"), Some("SUCCEEDED"));
        assert_eq!(Body::logged(record.response_elements.as_ref()).as_str(), Some("text"));
        assert!(record.error_code.is_none());
    }

    #[test]
    fn a_record_without_an_id_is_named_by_its_content() {
        let (a, b) = (with(r#""x":1"#), with(r#""x":2"#));
        let id = |json: &str| Record::parse(json.as_bytes()).unwrap().event_id.into_owned();
        assert_eq!(id(&a), id(&a));
        assert_ne!(id(&a), id(&b));
        assert!(id(&a).starts_with("content-"));
    }

    #[test]
    fn names_the_bodies_that_were_too_long() {
        let json = with(
            r#""requestParameters":{"reason":"requestParameters too large","omitted":true,"originalSize":149893},
            "responseElements":{"omitted":true}"#,
        );
        let record = Record::parse(json.as_bytes()).unwrap();
        assert_eq!(record.omitted().collect::<Vec<_>>(), ["requestParameters"]);
    }

    #[test]
    fn refuses_with_the_field_and_the_reason() {
        for (json, reason, message) in [
            ("", SkipReason::Cut, "ends early"),
            ("{\"eventName\":\"X\"", SkipReason::Cut, "ends early"),
            ("hello", SkipReason::NotJson, "not JSON"),
            ("{} {}", SkipReason::NotJson, "not JSON"),
            ("[]", SkipReason::NotARecord, "not an object"),
            ("7", SkipReason::NotARecord, "not an object"),
            ("{}", SkipReason::NotARecord, "`eventName` is missing"),
            (&with(r#""eventTime":"2023-07-10T12:10:08Z""#), SkipReason::NotARecord, "duplicate"),
            (&with(r#""userIdentity":"me""#), SkipReason::NotARecord, "`userIdentity`"),
            (&with(r#""userAgent":{"a":1}"#), SkipReason::NotARecord, "`userAgent`"),
            (&with(r#""userIdentity":{"arn":[1,2]}"#), SkipReason::NotARecord, "`userIdentity.arn`"),
            (&MINIMAL_WITH_TIME.replace("TIME", "\"...\""), SkipReason::BadTime, "`...` is not a time"),
            (&MINIMAL_WITH_TIME.replace("TIME", "12"), SkipReason::NotARecord, "`eventTime`"),
            (&MINIMAL_WITH_TIME.replace("TIME", "null"), SkipReason::NotARecord, "`eventTime` is missing"),
        ] {
            let error = Record::parse(json.as_bytes()).unwrap_err();
            assert_eq!(error.reason(), reason, "{json}: {error}");
            assert!(error.to_string().contains(message), "{json}: {error}");
        }
        assert!(Record::parse(b"{\"eventName\":\"\xff\"}").is_err());
    }

    const MINIMAL_WITH_TIME: &str = r#"{"eventTime":TIME,"eventSource":"s","eventName":"n","awsRegion":"r"}"#;

    #[test]
    fn times_without_an_offset_are_universal_time() {
        for text in ["2021-05-20 15:53:47", "2021-05-20 15:53:47Z", "2021-05-20 15:53:47.000000000"] {
            let json = MINIMAL_WITH_TIME.replace("TIME", &format!("{text:?}"));
            let record = Record::parse(json.as_bytes()).unwrap();
            assert_eq!(record.event_time.to_string(), "2021-05-20T15:53:47Z", "{text}");
        }
    }

    #[test]
    fn categories_are_told_by_what_the_record_says() {
        for (members, category) in [
            (r#""eventCategory":"Management""#, Category::Management),
            (r#""eventCategory":"Data","managementEvent":false"#, Category::Data),
            (r#""managementEvent":false"#, Category::Data),
            (r#""eventType":"AwsVpceEvent""#, Category::NetworkActivity),
            (r#""eventCategory":"NetworkActivity""#, Category::NetworkActivity),
            (r#""eventCategory":"Insight""#, Category::Insight),
            (r#""eventType":"AwsCloudTrailInsight""#, Category::Insight),
            (r#""eventType":"AwsApiCall""#, Category::Management),
        ] {
            assert_eq!(Record::parse(with(members).as_bytes()).unwrap().category(), category, "{members}");
        }
    }

    #[test]
    fn envelopes_are_known_by_their_detail_type() {
        let detail = format!("{{{MINIMAL}}}");
        let envelope = |kind: &str| format!(r#"{{"version":"0","detail-type":{kind},"detail":{detail}}}"#);
        for kind in DETAIL_TYPES {
            let json = envelope(&format!("{kind:?}"));
            assert_eq!(Record::parse_envelope(json.as_bytes()).unwrap().event_name, "CreateBucket", "{kind}");
        }
        for (json, reason) in [
            (envelope("\"AWS Insight via CloudTrail\""), SkipReason::Insight),
            (envelope("\"Scheduled Event\""), SkipReason::BadEnvelope),
            (envelope("\"...\""), SkipReason::BadEnvelope),
            (envelope("null"), SkipReason::BadEnvelope),
            (r#"{"detail-type":"AWS API Call via CloudTrail"}"#.to_owned(), SkipReason::BadEnvelope),
            (r#"{"detail-type":"AWS API Call via CloudTrail","detail":[]}"#.to_owned(), SkipReason::NotARecord),
            ("{\"detail\":{".to_owned(), SkipReason::Cut),
        ] {
            assert_eq!(Record::parse_envelope(json.as_bytes()).unwrap_err().reason(), reason, "{json}");
        }
    }

    /// Real records collected from public projects; they live outside the repository.
    fn corpora() -> Option<PathBuf> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
        if !folder.is_dir() {
            eprintln!("skipped: {} is not there", folder.display());
            return None;
        }
        Some(folder)
    }

    /// A line of the corpora: the record or envelope beside where it came from.
    #[derive(Deserialize)]
    struct Line<'a> {
        #[serde(borrow, alias = "event")]
        record: &'a RawValue,
    }

    #[test]
    fn every_collected_record_parses_or_is_refused_with_a_reason() {
        let Some(corpora) = corpora() else { return };
        let mut tally: BTreeMap<&str, u32> = BTreeMap::new();
        for entry in std::fs::read_dir(corpora.join("cloudtrail")).unwrap() {
            let path = entry.unwrap().path();
            let is_envelope = path.file_name().unwrap() == "envelopes.jsonl";
            for line in std::fs::read_to_string(path).unwrap().lines() {
                let line: Line<'_> = serde_json::from_str(line).unwrap();
                let bytes = line.record.get().as_bytes();
                let result = if is_envelope { Record::parse_envelope(bytes) } else { Record::parse(bytes) };
                *tally.entry(result.as_ref().map_or_else(|error| error.reason().code(), |_| "read")).or_default() += 1;
            }
        }
        assert_eq!(tally.values().sum::<u32>(), 1127 + 27);
        // Of those refused, 103 come from a tool that renamed `eventTime`; the others hold placeholders.
        let expected = [("bad_envelope", 13), ("bad_time", 15), ("not_a_record", 110), ("read", 1016)];
        assert_eq!(tally, BTreeMap::from(expected));
    }
}
