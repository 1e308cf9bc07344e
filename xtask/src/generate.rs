//! Files derived from code: written by `generate`, compared by `generate --check`.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail};
use trailhound_rules::Item;

use crate::{coverage, infra, pages, repo};

/// A file as the code says it should be.
pub(crate) struct Generated {
    /// Relative to the repository's root, with `/` on every system.
    pub(crate) path: String,
    pub(crate) content: String,
}

/// Every generator, in the order their files are named to the reader.
const GENERATORS: &[fn() -> Result<Vec<Generated>>] = &[checklist, pages::pages, coverage::pages, infra::files];

/// The README's table of rules per checklist item.
fn checklist() -> Result<Vec<Generated>> {
    let mut table = String::from("| checklist item | rules |\n|---|---|\n");
    for item in Item::ALL {
        let count = trailhound_rules::all().filter(|(_, rule)| rule.item == item).count();
        writeln!(table, "| {} | {count} |", item.name())?;
    }
    Ok(vec![section("README.md", "checklist", &table)?])
}

/// The file at `path` with `content` between the two comments that name the section.
fn section(path: &str, name: &str, content: &str) -> Result<Generated> {
    let text = repo::read(path)?;
    let (open, close) = (format!("<!-- generated: {name} -->\n"), format!("<!-- end of {name} -->\n"));
    let parts = text.split_once(&open).and_then(|(before, rest)| Some((before, rest.split_once(&close)?.1)));
    let (before, after) = parts.with_context(|| format!("`{path}` has no section between {open} and {close}"))?;
    Ok(Generated { path: path.into(), content: format!("{before}{open}{content}{close}{after}") })
}

/// Writes every generated file that is not current, and removes those that no generator writes any more.
pub(crate) fn write() -> Result<()> {
    let files = generated()?;
    for path in left_over(&files)? {
        fs::remove_file(repo::root().join(&path)).with_context(|| format!("removing `{path}`"))?;
        println!("removed {path}");
    }
    for file in stale(files) {
        repo::write(&file.path, &file.content)?;
        println!("wrote {}", file.path);
    }
    Ok(())
}

/// Fails if a generated file is not what the code says, or is left over.
pub(crate) fn check() -> Result<()> {
    let files = generated()?;
    let mut paths = left_over(&files)?;
    paths.extend(stale(files).into_iter().map(|file| file.path));
    if paths.is_empty() {
        return Ok(());
    }
    bail!("not what the code says: {}\nrun `cargo xtask generate` and commit the result", paths.join(", "))
}

fn generated() -> Result<Vec<Generated>> {
    let mut files = Vec::new();
    for generator in GENERATORS {
        files.extend(generator()?);
    }
    Ok(files)
}

/// Those of `files` that are missing from the tree or differ from it.
fn stale(files: Vec<Generated>) -> Vec<Generated> {
    files.into_iter().filter(|file| !repo::read(&file.path).is_ok_and(|now| now == file.content)).collect()
}

/// The files in the generators' own directories that none of them writes.
fn left_over(files: &[Generated]) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for own in [pages::DIRECTORY, coverage::DIRECTORY, infra::DIRECTORY] {
        let directory = repo::root().join(own);
        if !directory.is_dir() {
            continue;
        }
        for entry in fs::read_dir(directory).with_context(|| format!("listing `{own}`"))? {
            let path = format!("{own}/{}", entry?.file_name().to_string_lossy());
            if !files.iter().any(|file| file.path == path) {
                paths.push(path);
            }
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_current() {
        check().unwrap();
    }

    #[test]
    fn pages_that_no_rule_has_are_left_over() {
        let mut files = generated().unwrap();
        assert_eq!(left_over(&files).unwrap(), [""; 0]);
        for own in [pages::DIRECTORY, coverage::DIRECTORY] {
            let page = files.iter().position(|file| file.path.starts_with(own)).unwrap();
            let page = files.remove(page);
            assert_eq!(left_over(&files).unwrap(), [page.path.as_str()]);
            files.push(page);
        }
    }

    #[test]
    fn a_missing_or_different_file_is_stale() {
        let manifest = repo::read("Cargo.toml").unwrap();
        let file = |path: &str, content: &str| Generated { path: path.into(), content: content.into() };
        let files =
            vec![file("Cargo.toml", &manifest), file("Cargo.toml", "old"), file("docs/no-such-page.md", &manifest)];
        let stale: Vec<_> = stale(files).into_iter().map(|f| (f.path, f.content)).collect();
        assert_eq!(stale, [("Cargo.toml".into(), "old".into()), ("docs/no-such-page.md".into(), manifest)]);
    }
}
