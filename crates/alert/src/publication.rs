//! One message to SNS, with a body for each protocol.

use std::collections::BTreeMap;

use serde::Serialize;
use trailhound_engine::Told;

use crate::document::{Document, MEASURES};
use crate::story::{Story, identifier};
use crate::{chat, email};

/// The most bytes of a message with its attributes.
pub const MESSAGE_MAX: usize = 262_144;

/// The most characters of an attribute's value.
const VALUE_MAX: usize = 128;

/// What is handed to SNS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The subject of e-mails: up to 100 ASCII characters on one line.
    pub subject: String,
    /// The bodies as JSON, for `MessageStructure=json`.
    pub message: String,
    /// What subscriptions can filter by, as attributes of the type `String`. The values need no escaping.
    pub attributes: BTreeMap<&'static str, String>,
}

/// The bodies by protocol.
///
/// The whole finding is the default and not a body for each program's protocol, since every body counts towards the
/// message's size.
#[derive(Serialize)]
pub(crate) struct Bodies {
    /// Lambda, SQS, Firehose, HTTP, e-mail as JSON.
    pub(crate) default: String,
    pub(crate) email: String,
    /// The protocol by which AWS's chat service subscribes.
    pub(crate) https: String,
    /// One line, for phones.
    pub(crate) sms: String,
}

impl Publication {
    /// The message about an alert. What is too long is cut, and says so.
    #[must_use]
    pub fn of(told: &Told) -> Self {
        let story = Story::of(told);
        let attributes = attributes(told);
        let taken: usize = attributes.iter().map(|(name, value)| name.len() + value.len() + "String".len()).sum();
        let mut bodies = Bodies {
            default: String::new(),
            email: email::text(&story),
            https: json(&chat::notification(&story)),
            sms: story.summary().plain(140),
        };
        let mut message = String::new();
        for measure in MEASURES {
            bodies.default = Document::of(told, measure).to_json();
            message = json(&bodies);
            if message.len() + taken <= MESSAGE_MAX {
                break;
            }
        }
        Self { subject: email::subject(&story), message, attributes }
    }
}

fn attributes(told: &Told) -> BTreeMap<&'static str, String> {
    let finding = &told.finding;
    let values: [(&'static str, &str); 6] = [
        ("account", &finding.resource.account),
        ("item", &finding.item),
        ("region", &finding.resource.region),
        ("rule", &finding.rule),
        ("severity", finding.severity.word()),
        ("transition", told.alert.kind.word()),
    ];
    values.into_iter().map(|(name, value)| (name, identifier(value, VALUE_MAX))).collect()
}

/// Types of text, numbers and lists only, which always can be written.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
