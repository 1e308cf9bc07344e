//! `trailhound evaluate`: one resource as it is now, read from AWS and judged.

use std::cmp::Reverse;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use trailhound_collect::{Collector, Options};
use trailhound_engine::port::Presence;
use trailhound_engine::{Answer, Judge, Present, present};
use trailhound_model::{Evidence, GLOBAL, Kind, ResourceId, Severity, Verdict, Why};
use trailhound_report::escape;
use trailhound_rules::{Organisation, Settings};

use super::check::FailOn;
use super::{arn, aws};
use crate::output::{self, cell, note, stdout, table};
use crate::{Format, Outcome};

#[derive(clap::Args)]
#[command(
    after_help = "Nothing is stored or changed. Credentials come from where AWS's own tools take them. Exit codes: 0 \
nothing that severe fails; 1 something does; 2 the resource could not be judged, or nothing fails and a rule that severe \
cannot be told because a read failed."
)]
pub(crate) struct Arguments {
    /// The resource's ARN
    #[arg(value_name = "RESOURCE-ARN")]
    arn: String,
    /// Exit with 1 if a rule at least this severe fails
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "high")]
    fail_on: FailOn,
    /// Settings for the rules, as TOML: ports, trusted accounts, rules switched on and off
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// How to print; JSON has every answer, the table all but those of rules that do not apply
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// An answer as JSON has it. The words are those of `check`.
#[derive(Serialize)]
struct Row<'a> {
    resource: &'a str,
    kind: Kind,
    account: &'a str,
    region: &'a str,
    rule: &'a str,
    /// `pass`, `fail`, `not_applicable` or `unknown`.
    verdict: &'a str,
    /// What is wrong, or why the rule does not apply or cannot tell; empty where it passes.
    message: String,
    severity: Severity,
    #[serde(skip_serializing_if = "<[Evidence]>::is_empty")]
    evidence: &'a [Evidence],
    /// Why it cannot be told, as one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<&'static str>,
}

impl<'a> Row<'a> {
    fn of(resource: &'a ResourceId, answer: &'a Answer) -> Self {
        let (message, evidence, unknown) = match &answer.verdict {
            Verdict::Pass => (String::new(), &[][..], None),
            Verdict::Fail(failure) => (failure.message.to_string(), &*failure.evidence, None),
            Verdict::NotApplicable(why) => (why.to_string(), &[][..], None),
            Verdict::Unknown(why) => (why.to_string(), &[][..], Some(why.code())),
        };
        Self {
            resource: &resource.id,
            kind: resource.kind,
            account: &resource.account,
            region: &resource.region,
            rule: answer.rule,
            verdict: answer.verdict.word(),
            message,
            severity: answer.severity,
            evidence,
            unknown,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let candidates = arn::resources(&arguments.arn)?;
    // Which accounts are of the organisation is not read: none is taken for a third party that is not named.
    let settings = super::settings(arguments.config.as_deref())?;
    let judge = Judge::new(Settings { organisation: Organisation::Unread, ..settings });
    let (resource, present) = read(&arguments.arn, candidates, &judge)?;

    let mut answers: Vec<&Answer> = present.answers.iter().collect();
    answers.sort_by_key(|answer| (order(&answer.verdict), Reverse(answer.severity), answer.rule));
    let mut out = stdout();
    match arguments.format {
        Format::Json => answers.iter().try_for_each(|answer| output::json(&mut out, &Row::of(&resource, answer)))?,
        Format::Table => {
            let colours = output::wants_colours();
            let mut table = table(&["severity", "verdict", "rule", "what"]);
            let applies = |answer: &&&Answer| !matches!(answer.verdict, Verdict::NotApplicable(_));
            for answer in answers.iter().filter(applies) {
                let row = Row::of(&resource, answer);
                table.add_row([
                    comfy_table::Cell::new(output::severity(row.severity, colours)),
                    cell(row.verdict),
                    cell(row.rule),
                    cell(&row.message),
                ]);
            }
            let count = |word: &str| answers.iter().filter(|answer| answer.verdict.word() == word).count();
            writeln!(out, "{table}")?;
            writeln!(
                out,
                "{}: {} rules fail, {} pass, {} cannot be told, {} do not apply.",
                escape::terminal(&arguments.arn),
                count("fail"),
                count("pass"),
                count("unknown"),
                count("not_applicable")
            )?;
        }
    }
    out.flush()?;
    for (facet, why) in &present.unread {
        note(&escape::terminal(&format!("not read: {facet}: {why}")));
    }
    let least = Severity::from(arguments.fail_on);
    let any =
        |wanted: fn(&Verdict) -> bool| answers.iter().any(|answer| answer.severity >= least && wanted(&answer.verdict));
    Ok(if any(|verdict| matches!(verdict, Verdict::Fail(_))) {
        Outcome::Flawed
    } else if any(|verdict| matches!(verdict, Verdict::Unknown(Why::AccessDenied | Why::ReadFailed(_)))) {
        Outcome::Incomplete
    } else {
        Outcome::Done
    })
}

/// What fails comes first, what is well last.
fn order(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Fail(_) => 0,
        Verdict::Unknown(_) => 1,
        Verdict::Pass => 2,
        Verdict::NotApplicable(_) => 3,
    }
}

/// Reads the first of these resources that exists.
fn read(arn: &str, candidates: Vec<ResourceId>, judge: &Judge) -> Result<(ResourceId, Present)> {
    let region = candidates.iter().map(|resource| &*resource.region).find(|region| *region != GLOBAL);
    let (runtime, config) = aws::configured(region)?;
    aws::need_credentials(&runtime, &config)?;
    let collector = Collector::new(&config, &Options::default());
    let here = config.region().map(ToString::to_string);
    let near = region.or(here.as_deref()).unwrap_or("us-east-1");
    let caller = runtime
        .block_on(collector.caller(near))
        .with_context(|| format!("asking AWS in {near} whose credentials these are"))?;
    let now = super::today();
    let mut unread = None;
    for mut resource in candidates {
        if resource.account.is_empty() {
            resource.account = caller.account.clone();
        }
        if (&*resource.account, &*resource.partition) != (&*caller.account, &*caller.partition) {
            bail!(
                "{arn} is in account {} ({}), and the credentials are of account {} ({}), {}: use some of the \
                 resource's account",
                resource.account,
                resource.partition,
                caller.account,
                caller.partition,
                caller.arn
            );
        }
        if judge.rules(resource.kind).next().is_none() {
            bail!("no rule judges {}: `trailhound rules` lists what is judged", resource.kind);
        }
        let present = runtime.block_on(present(judge, &collector, &resource, now));
        match present.presence {
            _ if !present.answers.is_empty() => return Ok((resource, present)),
            Presence::Deleting => bail!("{arn} is being deleted"),
            Presence::NotFound => {}
            Presence::Present | Presence::Unproven => unread = Some(present),
        }
    }
    let Some(unread) = unread else { bail!("AWS knows no {arn} in account {}", caller.account) };
    let mut reasons: Vec<String> = unread.unread.iter().map(|(facet, why)| format!("{facet}: {why}")).collect();
    reasons.truncate(3);
    bail!("nothing of {arn} could be read: {}", reasons.join("; "))
}
