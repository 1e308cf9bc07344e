//! The conventions of the tree, as tests: a convention that is not a test holds only where someone is looking.
//!
//! Each message says what to do. The needles are written in pieces, so that this file does not contain them.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Names that are not part of the tree; what `.gitignore` names at the root is not either.
const OUTSIDE: &[&str] = &[".git", "target"];

/// Text that may not stand in any file, as whole words.
const BANNED: &[(&str, &str)] = &[
    (concat!("FIX", "ME"), "mend it now, or describe the limit where a reader will look for it"),
    (concat!("TO", "DO"), "do it now, or describe the limit where a reader will look for it"),
    (concat!("X", "XX"), "say what is wrong, or leave it out"),
    (concat!("to", "do!("), "write the code, or leave the function out until it is needed"),
    (concat!("unimplemented", "!("), "return an error that says what is not supported"),
    (concat!("#[ig", "nore"), "a test that does not run proves nothing: make it fast, or delete it"),
    (concat!("#[should_", "panic"), "assert on the error that is returned"),
    (concat!("/wo", "rk/"), "the path of one machine: build it from `CARGO_MANIFEST_DIR`"),
    (concat!("/ro", "ot/"), "the path of one machine: build it from `CARGO_MANIFEST_DIR`"),
    (concat!("index.crates", ".io"), "where packages come from is the reader's configuration"),
    (concat!("static.crates", ".io"), "where packages come from is the reader's configuration"),
    (concat!("pypi", ".org"), "where packages come from is the reader's configuration"),
    (concat!("pythonhosted", ".org"), "where packages come from is the reader's configuration"),
    (concat!("registry.npmjs", ".org"), "where packages come from is the reader's configuration"),
    (concat!("deb.debian", ".org"), "where packages come from is the reader's configuration"),
];

/// Crates whose answers depend on their arguments alone.
const CORE: &[&str] = &["model", "trail", "rules", "engine"];

/// What the sources of the core may not name: the clock, the environment, the network.
const BEYOND_THE_CORE: &[&str] =
    &["SystemTime", "Instant::now", "Timestamp::now", "std::env::", "std::process::", "TcpStream", "UdpSocket"];

/// How the dependencies begin that the core may not have: the SDK, async runtimes, HTTP, databases.
const DEPENDENCIES_BEYOND_THE_CORE: &[&str] = &["aws-", "tokio", "hyper", "reqwest", "rusqlite"];

/// File names that say nothing about their content.
const SHAPELESS: &[&str] = &["util", "utils", "helper", "helpers", "manager", "common", "misc", "data"];

/// The most lines a source file may have.
const LINES_MAX: usize = 1_200;

/// Source files that may be longer, and why.
const LONGER: &[(&str, &str)] = &[];

struct File {
    /// Relative to the root, with `/`.
    path: String,
    text: String,
}

impl File {
    fn is(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }

    fn stem(&self) -> &str {
        Path::new(&self.path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
    }
}

/// Every text file of the tree, sorted by path.
static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut files = Vec::new();
    collect(Path::new(ROOT), "", &mut files);
    let ignore = fs::read_to_string(Path::new(ROOT).join(".gitignore")).unwrap();
    let ignored = |path: &str| {
        ignore.lines().filter_map(|line| line.strip_prefix('/')).any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == pattern,
        })
    };
    files.retain(|file| !ignored(&file.path));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
});

fn collect(directory: &Path, prefix: &str, files: &mut Vec<File>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().expect("file names are UTF-8");
        if OUTSIDE.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            files.push(File { path, text });
        }
    }
}

/// Fails with every fault on a line of its own.
fn expect_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} to mend:\n{}", faults.len(), faults.join("\n"));
}

/// The numbered lines of every file that is not somebody else's text.
fn lines() -> impl Iterator<Item = (&'static File, usize, &'static str)> {
    FILES
        .iter()
        .filter(|file| !["LICENSE", "Cargo.lock"].contains(&file.path.as_str()))
        .flat_map(|file| file.text.lines().enumerate().map(move |(index, line)| (file, index + 1, line)))
}

/// Whether `needle` stands in `line` and is not a piece of a longer word.
fn has_word(line: &str, needle: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut pieces = line.split(needle).peekable();
    while let (Some(before), Some(after)) = (pieces.next(), pieces.peek()) {
        let joined_before = needle.starts_with(is_word) && before.ends_with(is_word);
        let joined_after = needle.ends_with(is_word) && after.starts_with(is_word);
        if !joined_before && !joined_after {
            return true;
        }
    }
    false
}

#[test]
fn words_are_found_whole() {
    assert!(has_word("mend(it)", "mend"));
    assert!(has_word("a /x/b", "/x/"));
    assert!(has_word("mender, mend", "mend"));
    assert!(!has_word("amend it, mender", "mend"));
}

#[test]
fn no_file_holds_what_should_not_be_kept() {
    let mut faults = Vec::new();
    for (file, number, line) in lines() {
        for (needle, advice) in BANNED {
            if has_word(line, needle) {
                faults.push(format!("{}:{number}: `{needle}`: {advice}", file.path));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn white_space_is_plain() {
    let mut faults = Vec::new();
    for (file, number, line) in lines() {
        if line.contains('\t') {
            faults.push(format!("{}:{number}: a tab: use spaces", file.path));
        }
        if line.ends_with([' ', '\r']) {
            faults.push(format!("{}:{number}: space at the end of the line: remove it", file.path));
        }
    }
    for file in FILES.iter().filter(|file| !file.text.is_empty()) {
        if !file.text.ends_with('\n') || file.text.ends_with("\n\n") {
            faults.push(format!("{}: end the file with one line break", file.path));
        }
    }
    expect_none(&faults);
}

#[test]
fn names_say_what_is_inside() {
    let shapeless = |file: &&File| file.is("rs") && SHAPELESS.contains(&file.stem());
    let faults: Vec<_> = FILES
        .iter()
        .filter(shapeless)
        .map(|file| format!("{}: name the file after the noun or the act it holds", file.path))
        .collect();
    expect_none(&faults);
}

#[test]
fn the_core_names_no_sdk_no_clock_and_no_environment() {
    let mut faults = Vec::new();
    for (file, number, line) in lines() {
        let Some((name, inside)) = file.path.strip_prefix("crates/").and_then(|path| path.split_once('/')) else {
            continue;
        };
        let found = match inside.split_once('/') {
            _ if !CORE.contains(&name) => None,
            Some(("src", _)) => BEYOND_THE_CORE.iter().find(|word| has_word(line, word)),
            None => DEPENDENCIES_BEYOND_THE_CORE.iter().find(|start| line.starts_with(**start)),
            Some(_) => None,
        };
        if let Some(word) = found {
            faults
                .push(format!("{}:{number}: `{word}`: take it as an argument, or move the code to the rim", file.path));
        }
    }
    expect_none(&faults);
}

#[test]
fn source_files_stay_short() {
    let mut faults = Vec::new();
    for file in FILES.iter().filter(|file| file.is("rs")) {
        let lines = file.text.lines().count();
        let allowed = LONGER.iter().any(|(path, _)| *path == file.path);
        if lines > LINES_MAX && !allowed {
            faults.push(format!("{}: {lines} lines, more than {LINES_MAX}: split it along its nouns", file.path));
        }
        if lines <= LINES_MAX && allowed {
            faults.push(format!("{}: short again: take it out of `LONGER`", file.path));
        }
    }
    expect_none(&faults);
}

#[test]
fn every_crate_follows_the_workspace() {
    let mut faults = Vec::new();
    for file in FILES.iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        if !file.text.contains("[lints]\nworkspace = true\n") {
            faults.push(format!("{}: add `[lints]` with `workspace = true`", file.path));
        }
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            if !file.text.contains(&format!("\n{key}.workspace = true\n")) {
                faults.push(format!("{}: write `{key}.workspace = true`", file.path));
            }
        }
        let dependencies = file.text.split_once("dependencies]\n").map_or("", |(_, rest)| rest);
        for line in dependencies.lines().take_while(|line| !line.starts_with('[') || line.contains("dependencies")) {
            if line.contains('=') && !line.contains("workspace = true") {
                faults.push(format!("{}: `{line}`: pin the version in the workspace's table", file.path));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn every_source_file_opens_with_what_it_is_for() {
    let faults: Vec<_> = FILES
        .iter()
        .filter(|file| file.is("rs") && !file.text.starts_with("//") && !is_rule(file))
        .map(|file| format!("{}: start with a `//!` line that says what the file is for", file.path))
        .collect();
    expect_none(&faults);
}

/// Whether a file declares a rule: the page of the rule says what it is for.
fn is_rule(file: &File) -> bool {
    file.path.starts_with("crates/rules/src/") && file.text.contains("\nrule! {\n")
}

#[test]
fn every_rule_is_registered_and_has_cases() {
    let text = |path: &str| FILES.iter().find(|file| file.path == path).map_or("", |file| &file.text);
    let mut faults = Vec::new();
    for file in FILES.iter().filter(|file| is_rule(file)) {
        let (directory, stem) = (file.path.rsplit_once('/').unwrap().0, file.stem());
        let service = directory.rsplit_once('/').unwrap().1;
        let registry = format!("{directory}/mod.rs");
        for (path, line, has) in [
            (registry.as_str(), format!("mod {stem};"), format!("\nmod {stem};\n")),
            (&registry, format!("&{stem}::RULE in RULES"), format!("&{stem}::RULE")),
            ("crates/rules/src/lib.rs", format!("mod {service};"), format!("\nmod {service};\n")),
            ("crates/rules/src/lib.rs", format!("{service}::RULES in RULES"), format!("{service}::RULES")),
        ] {
            if !text(path).contains(&has) {
                faults.push(format!("{path}: `{}` is not registered: add `{line}`", file.path));
            }
        }
        let cases = file.path.replace(".rs", ".cases.json");
        if text(&cases).is_empty() {
            faults.push(format!("{cases}: missing: `{}` has no cases", file.path));
        }
    }
    expect_none(&faults);
}

#[test]
fn changelog_fragments_have_one_form() {
    let types = ["added", "changed", "fixed", "removed"];
    let mut faults = Vec::new();
    for file in FILES.iter().filter(|file| file.path.starts_with("changelog.d/")) {
        let Some(name) = file.path.strip_prefix("changelog.d/").filter(|name| *name != "README.md") else { continue };
        let parts: Vec<_> = name.split('.').collect();
        let is_slug = |s: &str| !s.is_empty() && s.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !matches!(parts[..], [slug, kind, "md"] if is_slug(slug) && types.contains(&kind)) {
            faults.push(format!("{}: name it `<slug>.<type>.md`, the type one of {}", file.path, types.join(", ")));
        }
        let text = file.text.trim_end();
        if text.contains("\n\n") || text.starts_with(['#', '-', '*', '>']) || !text.ends_with('.') {
            faults.push(format!("{}: write one paragraph of whole sentences", file.path));
        }
    }
    expect_none(&faults);
}

/// The targets of the links in a Markdown text, without links out of the repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| {
        let target = rest.split([')', ' ', '#']).next()?;
        (!target.is_empty() && !target.contains(':')).then_some(target)
    })
}

/// The words in backquotes that are paths of this repository.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let starts = ["crates/", "docs/", "events/", "tests/", "xtask/", "infra/", "changelog.d/", ".ci/", ".cargo/"];
    text.split('`').skip(1).step_by(2).filter(move |word| {
        starts.iter().any(|start| word.starts_with(start))
            && !word.contains(|c: char| c.is_whitespace() || "<>{}*()|".contains(c))
    })
}

#[test]
fn links_and_paths_in_the_documents_lead_somewhere() {
    let mut faults = Vec::new();
    for file in FILES.iter().filter(|file| file.is("md") && !file.path.starts_with("events/")) {
        let here: PathBuf = Path::new(ROOT).join(&file.path).parent().expect("a file is in a directory").into();
        for target in links(&file.text).filter(|target| !here.join(target).exists()) {
            faults.push(format!("{}: the link to `{target}` leads nowhere: mend or remove it", file.path));
        }
        // A page about an example may name files that do not exist; these three documents name the tree.
        if ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].contains(&file.path.as_str()) {
            for path in paths(&file.text).filter(|path| !Path::new(ROOT).join(path).exists()) {
                faults.push(format!("{}: `{path}` does not exist: mend or remove it", file.path));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn the_tests_that_guard_the_invariants_exist() {
    let architecture = FILES.iter().find(|file| file.path == "ARCHITECTURE.md").unwrap();
    let (_, rows) = architecture.text.split_once("test that guards it |").unwrap();
    let guards = rows.lines().filter_map(|row| row.strip_suffix(" |")?.rsplit_once(" | ")).map(|(_, guards)| guards);
    let named = guards.flat_map(|guards| guards.split('`').skip(1).step_by(2)).filter(|word| !word.contains('/'));
    let exists = |name: &str| FILES.iter().any(|file| file.is("rs") && file.text.contains(&format!("fn {name}(")));
    let faults: Vec<_> = named
        .filter(|name| !exists(name))
        .map(|name| format!("ARCHITECTURE.md: there is no test `{name}`: name the one that guards the invariant"))
        .collect();
    expect_none(&faults);
}

#[test]
fn links_and_paths_are_found() {
    let text = "See [a](docs/a.md#part) and [b](https://example.com/b); `crates/model` `cargo test` `tests/<name>`.";
    assert_eq!(links(text).collect::<Vec<_>>(), ["docs/a.md"]);
    assert_eq!(paths(text).collect::<Vec<_>>(), ["crates/model"]);
}
