//! Metrics in CloudWatch's embedded format: a JSON line on standard output becomes metrics, without a call.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Map, Value, json};

use crate::clock;

/// The namespace of all metrics.
pub const NAMESPACE: &str = "Trailhound";

/// The format takes up to so many values of one metric in one line.
const VALUES_MAX: usize = 100;

/// What happened in one invocation. Names are few and fixed, never of a resource: each costs money.
#[derive(Clone, Debug)]
pub struct Metrics {
    function: &'static str,
    counts: BTreeMap<Option<&'static str>, BTreeMap<&'static str, u64>>,
    times: BTreeMap<&'static str, Vec<u64>>,
}

impl Metrics {
    /// Of a function, by its name here.
    #[must_use]
    pub const fn new(function: &'static str) -> Self {
        Self { function, counts: BTreeMap::new(), times: BTreeMap::new() }
    }

    /// The function's name.
    #[must_use]
    pub const fn function(&self) -> &'static str {
        self.function
    }

    /// Counts.
    pub fn count(&mut self, name: &'static str, number: u64) {
        *self.counts.entry(None).or_default().entry(name).or_default() += number;
    }

    /// Counts something that was let go, by reason.
    pub fn dropped(&mut self, reason: &'static str, number: u64) {
        *self.counts.entry(Some(reason)).or_default().entry("Dropped").or_default() += number;
    }

    /// Notes a duration in milliseconds.
    pub fn took(&mut self, name: &'static str, milliseconds: u64) {
        let times = self.times.entry(name).or_default();
        if times.len() < VALUES_MAX {
            times.push(milliseconds);
        }
    }

    /// How often something was counted.
    #[must_use]
    pub fn counted(&self, name: &str) -> u64 {
        self.counts.get(&None).and_then(|counts| counts.get(name)).copied().unwrap_or_default()
    }

    /// How many durations were noted, by name.
    #[cfg(test)]
    #[must_use]
    pub fn timed(&self) -> BTreeMap<&'static str, usize> {
        self.times.iter().map(|(name, times)| (*name, times.len())).collect()
    }

    /// How often something was let go for a reason.
    #[must_use]
    pub fn dropped_for(&self, reason: &'static str) -> u64 {
        self.counts.get(&Some(reason)).and_then(|counts| counts.get("Dropped")).copied().unwrap_or_default()
    }

    /// What was counted, and what was let go by reason: what a function answers to whoever invokes it by hand.
    #[must_use]
    pub fn counts(&self) -> Value {
        let mut counts = Map::new();
        let mut dropped = Map::new();
        for (reason, names) in &self.counts {
            for (name, number) in names {
                match reason {
                    None => counts.insert((*name).to_owned(), (*number).into()),
                    Some(reason) => dropped.insert((*reason).to_owned(), (*number).into()),
                };
            }
        }
        if !dropped.is_empty() {
            counts.insert("Dropped".to_owned(), dropped.into());
        }
        Value::Object(counts)
    }

    /// The lines, without line breaks. A line with a reason has it as a dimension.
    #[must_use]
    pub fn lines(&self, milliseconds_since_epoch: u64) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = |reason: Option<&str>, values: Vec<(&str, Value, &str)>| {
            let mut members = Map::new();
            let mut dimensions = vec!["function"];
            members.insert("function".to_owned(), self.function.into());
            if let Some(reason) = reason {
                dimensions.push("reason");
                members.insert("reason".to_owned(), reason.into());
            }
            let metrics: Vec<Value> =
                values.iter().map(|(name, _, unit)| json!({ "Name": name, "Unit": unit })).collect();
            members.extend(values.into_iter().map(|(name, value, _)| (name.to_owned(), value)));
            let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics });
            members.insert(
                "_aws".to_owned(),
                json!({ "Timestamp": milliseconds_since_epoch, "CloudWatchMetrics": [directive] }),
            );
            lines.push(Value::Object(members).to_string());
        };
        for (reason, counts) in &self.counts {
            line(*reason, counts.iter().map(|(name, number)| (*name, (*number).into(), "Count")).collect());
        }
        if !self.times.is_empty() {
            let times = self.times.iter().map(|(name, times)| (*name, times.clone().into(), "Milliseconds"));
            line(None, times.collect());
        }
        lines
    }

    /// Writes the lines to standard output, which Lambda hands to CloudWatch.
    pub fn emit(&self) {
        let now = u64::try_from(clock::since_epoch().as_millis()).unwrap_or(u64::MAX);
        let mut out = std::io::stdout().lock();
        for line in self.lines(now) {
            // Without standard output there is nobody to tell.
            let _ = writeln!(out, "{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_in_the_embedded_format() {
        let mut metrics = Metrics::new("notifier");
        metrics.count("Published", 2);
        metrics.count("Published", 1);
        metrics.dropped("superseded", 4);
        (0..150).for_each(|time| metrics.took("EventToPublished", time));
        let lines: Vec<Value> =
            metrics.lines(1_700_000_000_123).iter().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0]["Published"], 3);
        assert_eq!(lines[1]["reason"], "superseded");
        assert_eq!(lines[1]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["function", "reason"]]));
        assert_eq!(lines[2]["EventToPublished"].as_array().unwrap().len(), 100);
        for line in &lines {
            assert_eq!(line["_aws"]["Timestamp"], 1_700_000_000_123_u64);
            for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
                let targets = directive["Metrics"].as_array().unwrap().iter().map(|metric| &metric["Name"]);
                let dimensions = directive["Dimensions"][0].as_array().unwrap();
                for target in targets.chain(dimensions) {
                    assert!(!line[target.as_str().unwrap()].is_null(), "{target} stands at the root");
                }
            }
        }
    }
}
