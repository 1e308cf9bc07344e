//! Starts a rule: its file, its cases, its registration and its changelog fragment.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::repo;

/// The files that a new rule touches, with their new content, by path relative to the root.
type Edits = Vec<(String, String)>;

/// Starts the rule `stem` of `service` and says what to do next.
pub(crate) fn run(service: &str, stem: &str) -> Result<()> {
    let id = id(service, stem);
    for (path, content) in edits(service, stem, |path| repo::read(path).ok())? {
        repo::write(&path, &content)?;
        println!("wrote {path}");
    }
    // The slice may have grown past a line, and the modules want their order.
    repo::cargo(&["fmt", "--package", "trailhound-rules"])?;
    println!(
        "\nNext, for `{id}`:\n\
         1. In the rule file, put the kind and the facets it is about, then write the page and the function.\n\
         2. In the cases file, make one case pass and one fail; `cargo xtask bless {id}` writes the messages.\n\
         3. Say in changelog.d/{id}.added.md what the rule reports.\n\
         4. Run `cargo xtask generate` and `cargo xtask test`."
    );
    Ok(())
}

/// The id of the rule `stem` of `service`.
fn id(service: &str, stem: &str) -> String {
    format!("{service}-{stem}").replace('_', "-")
}

/// What starting the rule writes; `read` gives the present content of a path.
fn edits(service: &str, stem: &str, read: impl Fn(&str) -> Option<String>) -> Result<Edits> {
    for name in [service, stem] {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        ensure!(
            name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_name),
            "`{name}` is no module name: write it in lower case with `_`, as in `s3 bucket_versioning`"
        );
    }
    let id = id(service, stem);
    let rules = Path::new("crates/rules/src");
    let path = |file: &str| rules.join(service).join(file).to_string_lossy().replace('\\', "/");

    let rule = path(&format!("{stem}.rs"));
    ensure!(read(&rule).is_none(), "`{rule}` exists: the rule `{id}` is already there");
    let [module, kind, facet] =
        [service, "account"].iter().find_map(|module| example(module, &read)).context("no kind has a plain facet")?;
    let text = RULE.replace("{module}", &module).replace("{KIND}", &kind).replace("{FACET}", &facet);
    let mut edits = vec![
        (rule, text),
        (path(&format!("{stem}.cases.json")), CASES.into()),
        (format!("changelog.d/{id}.added.md"), format!("The rule `{id}` is new.\n")),
    ];

    let registry = path("mod.rs");
    let present = read(&registry);
    if present.is_none() {
        let root = "crates/rules/src/lib.rs";
        let lib = read(root).with_context(|| format!("`{root}` is missing"))?;
        let lib = with_entry(&with_module(&lib, service), &format!("{service}::RULES"));
        edits.push((root.into(), lib.with_context(|| format!("registering `{service}` in `{root}`"))?));
    }
    let present = present.unwrap_or_else(|| SERVICE.into());
    let with_rule = with_entry(&with_module(&present, stem), &format!("&{stem}::RULE"))
        .with_context(|| format!("registering the rule in `{registry}`"))?;
    edits.push((registry, with_rule));
    Ok(edits)
}

/// A module of kinds with its first kind that has a plain facet, and that facet: so that a new rule compiles.
fn example(module: &str, read: impl Fn(&str) -> Option<String>) -> Option<[String; 3]> {
    let text = read(&format!("crates/model/src/kinds/{module}.rs"))?;
    text.split("pub static ").find_map(|declaration| {
        let (kind, rest) = declaration.split_once(": KindDef")?;
        let (_, facets) = rest.split_once("facets: &[")?;
        let (facets, _) = facets.split_once(']')?;
        let mut facets = facets.split(',').filter_map(|facet| facet.trim().strip_prefix('&')?.strip_suffix(".def"));
        let facet = facets.find(|facet| text.contains(&format!("pub static {facet}: Facet<")))?;
        Some([module.into(), kind.into(), facet.into()])
    })
}

/// `text` with `mod name;` in its last group of modules, which rustfmt sorts.
fn with_module(text: &str, name: &str) -> String {
    let line = format!("mod {name};");
    let mut lines: Vec<&str> = text.lines().collect();
    if let Some(last) = lines.iter().rposition(|line| line.starts_with("mod ")) {
        lines.insert(last + 1, &line);
    } else {
        // The first stands below the file's own comment.
        let below = lines.iter().take_while(|line| line.starts_with("//!")).count();
        lines.splice(below..below, ["", &line]);
    }
    lines.join("\n") + "\n"
}

/// `text` with `entry` in its place in the slice named `RULES`.
fn with_entry(text: &str, entry: &str) -> Result<String> {
    let Some((before, rest)) = text.split_once("static RULES:") else { bail!("there is no `static RULES`") };
    let Some((kind, rest)) = rest.split_once('=') else { bail!("`RULES` has no value") };
    let Some((open, rest)) = rest.split_once('[') else { bail!("`RULES` is no slice") };
    let Some((present, after)) = rest.split_once(']') else { bail!("the slice `RULES` does not end") };
    let mut entries: Vec<&str> = present.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
    entries.push(entry);
    entries.sort_unstable();
    Ok(format!("{before}static RULES:{kind}={open}[{}]{after}", entries.join(", ")))
}

/// A rule that compiles; its cases fail until it is about something.
const RULE: &str = "\
use trailhound_model::Verdict;
use trailhound_model::kinds::{module}::{{KIND}, {FACET}};

use crate::rule;

rule! {
    /// The state that passes, as one sentence.
    ///
    /// ## Why
    /// What goes wrong otherwise.
    ///
    /// ## Fix
    /// - Console: where to click.
    /// - CLI: `aws ...`
    /// - CloudFormation: the property to set.
    ///
    /// ## Limits
    /// What this rule cannot see.
    item: S3Versioning,
    severity: Medium,
    kinds: [{KIND}],
    reads: [{FACET}],
    opens_on: [\"\"],
    closes_on: [\"\"],
    controls: [],
    judge: |resource, _| {
        let value = resource.get(&{FACET}).known()?;
        Ok(match value {
            Some(_) => Verdict::Pass,
            None => Verdict::fail(\"key\", \"what is wrong with this resource\"),
        })
    },
}
";

const CASES: &str = r#"{
  "cases": [
    { "name": "as it should be", "verdict": "pass" },
    { "name": "why this fails", "patch": {}, "verdict": "fail" }
  ],
  "stories": []
}
"#;

const SERVICE: &str = "\
//! What these rules are about.

use crate::Rule;

/// The rules of this service.
pub(crate) static RULES: &[&Rule] = &[];
";

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const LIB: &str = "//! Rules.\n\nmod rule;\nmod settings;\n\nmod s3;\n\n/// The rules of each service.\n\
                       pub static RULES: &[&[&Rule]] = &[s3::RULES];\n";
    const S3: &str = "//! S3.\n\nmod account_block;\nmod bucket_versioning;\n\nuse crate::Rule;\n\n\
                      pub(crate) static RULES: &[&Rule] =\n    &[&account_block::RULE, &bucket_versioning::RULE];\n\n\
                      fn after() {}\n";
    const KINDS: &str = "pub static BUCKET: KindDef = KindDef {\n    facets: &[&GRANTS.def, &VERSIONING.def],\n};\n\
                         pub static GRANTS: Keyed<Grant> = Keyed::observed(\"Grants\");\n\
                         pub static VERSIONING: Facet<Versioning> = Facet::property(\"Versioning\");\n";

    fn edited(service: &str, stem: &str) -> Result<BTreeMap<String, String>> {
        let read = |path: &str| match path {
            "crates/rules/src/lib.rs" => Some(LIB.into()),
            "crates/rules/src/s3/mod.rs" => Some(S3.into()),
            "crates/rules/src/s3/bucket_versioning.rs" => Some(String::new()),
            "crates/model/src/kinds/s3.rs" => Some(KINDS.into()),
            "crates/model/src/kinds/account.rs" => Some(KINDS.replace("BUCKET", "ACCOUNT")),
            _ => None,
        };
        Ok(edits(service, stem, read)?.into_iter().collect())
    }

    #[test]
    fn a_rule_of_a_known_service_is_two_files_two_lines_and_a_fragment() {
        let edits = edited("s3", "bucket_acl").unwrap();
        assert_eq!(
            edits.keys().map(String::as_str).collect::<Vec<_>>(),
            [
                "changelog.d/s3-bucket-acl.added.md",
                "crates/rules/src/s3/bucket_acl.cases.json",
                "crates/rules/src/s3/bucket_acl.rs",
                "crates/rules/src/s3/mod.rs",
            ]
        );
        assert_eq!(
            edits["crates/rules/src/s3/mod.rs"],
            "//! S3.\n\nmod account_block;\nmod bucket_versioning;\nmod bucket_acl;\n\nuse crate::Rule;\n\n\
             pub(crate) static RULES: &[&Rule] =\n    \
             &[&account_block::RULE, &bucket_acl::RULE, &bucket_versioning::RULE];\n\nfn after() {}\n"
        );
        let rule = &edits["crates/rules/src/s3/bucket_acl.rs"];
        assert!(rule.contains("\nuse trailhound_model::kinds::s3::{BUCKET, VERSIONING};\n"), "{rule}");
        assert!(rule.contains("kinds: [BUCKET],\n    reads: [VERSIONING],\n"), "{rule}");
    }

    #[test]
    fn a_new_service_is_registered_too() {
        let edits = edited("sqs", "queue_private").unwrap();
        let lib = &edits["crates/rules/src/lib.rs"];
        assert!(lib.contains("\nmod s3;\nmod sqs;\n"), "{lib}");
        assert!(lib.ends_with("pub static RULES: &[&[&Rule]] = &[s3::RULES, sqs::RULES];\n"), "{lib}");
        assert!(edits["crates/rules/src/sqs/queue_private.rs"].contains("kinds::account::{ACCOUNT, VERSIONING};"));
        assert_eq!(
            edits["crates/rules/src/sqs/mod.rs"],
            "//! What these rules are about.\n\nmod queue_private;\n\nuse crate::Rule;\n\n\
             /// The rules of this service.\npub(crate) static RULES: &[&Rule] = &[&queue_private::RULE];\n"
        );
    }

    /// What a new rule does to the tree as it is: in every service the same four files, nothing in them is lost, and what is
    /// written is Rust that names what exists. Building the result would take a second target directory.
    #[test]
    fn in_every_service_of_the_tree_a_rule_is_four_files() {
        let read = |path: &str| repo::read(path).ok();
        let lib = read("crates/rules/src/lib.rs").unwrap();
        let services = lib.split_once("static RULES").unwrap().1.split("::RULES").map(|before| {
            before.rsplit(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_').next().unwrap()
        });
        let services: Vec<&str> = services.filter(|name| !name.is_empty()).collect();
        assert!(services.contains(&"s3") && services.len() > 20, "{services:?}");
        for service in services {
            let edits = edits(service, "brand_new", read).unwrap();
            let registry = format!("crates/rules/src/{service}/mod.rs");
            let mut paths: Vec<&str> = edits.iter().map(|(path, _)| &**path).collect();
            paths.sort_unstable();
            let rule = format!("crates/rules/src/{service}/brand_new.rs");
            let fragment = format!("changelog.d/{}-brand-new.added.md", service.replace('_', "-"));
            assert_eq!(paths, [&*fragment, &rule.replace(".rs", ".cases.json"), &rule, &registry]);
            for (path, content) in edits.iter().filter(|(path, _)| path.ends_with(".rs")) {
                assert!(is_rust(content), "{path}:\n{content}");
            }
            let content = |path: &str| &edits.iter().find(|(of, _)| of == path).unwrap().1;
            let words = |text: &str| -> Vec<String> {
                let kept = text.replace("mod brand_new;", "").replace("&brand_new::RULE", "");
                let mut words: Vec<_> = kept.split([' ', '\n', ',', '[', ']']).map(str::to_owned).collect();
                words.retain(|word| !word.is_empty());
                words.sort_unstable();
                words
            };
            assert_eq!(words(content(&registry)), words(&read(&registry).unwrap()), "{registry}");
            let imports = content(&rule).split_once("use trailhound_model::kinds::").unwrap().1;
            let (module, names) = imports.split_once("::{").unwrap();
            let kinds = read(&format!("crates/model/src/kinds/{module}.rs")).unwrap();
            for name in names.split_once("};").unwrap().0.split(", ") {
                assert!(kinds.contains(&format!("pub static {name}: ")), "{module} has no {name}");
            }
        }
    }

    /// Whether rustfmt can read it; from standard input, so that it follows no `mod`.
    fn is_rust(text: &str) -> bool {
        let mut rustfmt = std::process::Command::new("rustfmt")
            .args(["--edition", "2024"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut rustfmt.stdin.take().unwrap(), text.as_bytes()).unwrap();
        rustfmt.wait().unwrap().success()
    }

    #[test]
    fn names_that_are_taken_or_no_modules_are_refused() {
        for (service, stem, why) in [
            ("s3", "bucket_versioning", "already there"),
            ("s3", "bucket-acl", "no module name"),
            ("../s3", "x", "no module name"),
            ("S3", "x", "no module name"),
            ("s3", "", "no module name"),
        ] {
            let error = edited(service, stem).unwrap_err().to_string();
            assert!(error.contains(why), "{service} {stem}: {error}");
        }
    }
}
