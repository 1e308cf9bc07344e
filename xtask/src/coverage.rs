//! One page per framework: which rules give evidence for which of its requirements, and for which none does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context, Result};
use trailhound_rules::Framework;

use crate::generate::Generated;
use crate::repo;

/// Where the pages are; nothing else is.
pub(crate) const DIRECTORY: &str = "docs/coverage";

/// The identifiers that exist.
const CONTROLS: &str = "crates/rules/controls.toml";

const MARK: &str = "<!-- Written by `cargo xtask generate` from the rules. -->\n\n";

/// The page of every framework, and the index.
pub(crate) fn pages() -> Result<Vec<Generated>> {
    let known: BTreeMap<String, Vec<String>> =
        toml::from_str(&repo::read(CONTROLS)?).with_context(|| format!("reading `{CONTROLS}`"))?;
    let mut index = format!(
        "{MARK}# Coverage\n\nWhich rules give evidence for which requirements, by identifier. A rule says what is set up; whether \
         that\nmeets a requirement is for its assessor to say.\n\n\
         | framework | requirements with a rule | only in part | without |\n|---|---:|---:|---:|\n"
    );
    let mut pages = Vec::new();
    for framework in Framework::ALL {
        let ids = known.get(framework.name()).with_context(|| format!("`{CONTROLS}` lacks {}", framework.name()))?;
        let coverage = Coverage::of(framework, ids);
        let (title, stem) = (framework.title(), framework.name().replace('_', "-"));
        let partial = coverage.evidence.values().filter(|rules| rules.iter().all(|(_, whole)| !whole)).count();
        let whole = coverage.evidence.len() - partial;
        writeln!(index, "| [{title}]({stem}.md) | {whole} | {partial} | {} |", coverage.without.len())?;
        pages.push(Generated { path: format!("{DIRECTORY}/{stem}.md"), content: page(framework, &coverage)? });
    }
    pages.push(Generated { path: format!("{DIRECTORY}/README.md"), content: index });
    Ok(pages)
}

/// What the rules say about a framework.
struct Coverage<'a> {
    /// By identifier: the rules, and whether each is evidence for the whole of it.
    evidence: BTreeMap<Key<'a>, BTreeSet<(&'static str, bool)>>,
    /// Known requirements that no rule names.
    without: Vec<&'a str>,
}

impl<'a> Coverage<'a> {
    fn of(framework: Framework, known: &'a [String]) -> Self {
        let mut evidence: BTreeMap<Key<'a>, BTreeSet<_>> = BTreeMap::new();
        for (rule, declared) in trailhound_rules::all() {
            for (_, id) in declared.controls.iter().filter(|(of, _)| *of == framework) {
                let whole = !id.starts_with('~');
                evidence.entry(Key(id.trim_start_matches('~'))).or_default().insert((rule, whole));
            }
        }
        let without = known.iter().map(|id| &**id).filter(|id| !evidence.contains_key(&Key(id))).collect();
        Self { evidence, without }
    }
}

/// An identifier that sorts as people count: `1.2` before `1.10`.
#[derive(PartialEq, Eq)]
struct Key<'a>(&'a str);

impl Key<'_> {
    fn parts(&self) -> impl Iterator<Item = (u32, &str)> {
        let parts = self.0.split(['.', '-', '(']).map(|part| part.trim_end_matches(')'));
        parts.map(|part| part.parse().map_or((0, part), |number| (number, "")))
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.parts().cmp(other.parts()).then_with(|| self.0.cmp(other.0))
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn page(framework: Framework, coverage: &Coverage<'_>) -> Result<String> {
    let mut text = format!("{MARK}# {}\n\n", framework.title());
    text.push_str("`~` before a rule says that it is partial evidence.\n\n| requirement | rules |\n|---|---|\n");
    for (id, rules) in &coverage.evidence {
        let rules: Vec<_> = rules
            .iter()
            .map(|(rule, whole)| format!("{}[{rule}](../rules/{rule}.md)", if *whole { "" } else { "~" }))
            .collect();
        writeln!(text, "| {} | {} |", id.0, rules.join(", "))?;
    }
    write!(text, "\n## Without a rule\n\n{}.", scope(framework))?;
    let without = if coverage.without.is_empty() { "None".to_owned() } else { coverage.without.join(", ") };
    write!(text, "\n\n{without}.\n")?;
    Ok(text)
}

/// What the requirements without a rule are taken from.
fn scope(framework: Framework) -> &'static str {
    match framework {
        Framework::SecurityHub => {
            "Controls of the AWS Foundational Security Best Practices standard about the services judged here"
        }
        Framework::CisV3 | Framework::CisV5 => "The rest of the benchmark, requirements about procedures included",
        Framework::PciDss | Framework::Nist80053 => {
            "What AWS's own mappings name for the services judged here; the framework asks for much more"
        }
        Framework::AwsConfig => "Managed rules about the services judged here that ask what no rule here asks",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_sort_as_people_count() {
        let mut ids = ["1.10", "1.2", "A1.1.2", "10.2.1", "EC2.19", "EC2.2", "AC-2(12)", "AC-2(1)", "AC-2", "AC-17"];
        ids.sort_unstable_by_key(|id| Key(id));
        assert_eq!(ids, ["A1.1.2", "AC-2", "AC-2(1)", "AC-2(12)", "AC-17", "EC2.2", "EC2.19", "1.2", "1.10", "10.2.1"]);
    }

    #[test]
    fn a_requirement_is_covered_by_the_rules_that_name_it() {
        let known = ["S3.14".to_owned(), "S3.9".to_owned()];
        let coverage = Coverage::of(Framework::SecurityHub, &known);
        assert_eq!(coverage.without, ["S3.9"]);
        assert_eq!(coverage.evidence[&Key("S3.14")], BTreeSet::from([("s3-bucket-versioning", true)]));
        let page = page(Framework::SecurityHub, &coverage).unwrap();
        assert!(page.contains("| S3.14 | [s3-bucket-versioning](../rules/s3-bucket-versioning.md) |\n"), "{page}");
        assert!(page.contains("| ELB.17 | ~[elb-listener-tls-policy]"), "{page}");
        assert!(page.ends_with(".\n\nS3.9.\n"), "{page}");
    }
}
