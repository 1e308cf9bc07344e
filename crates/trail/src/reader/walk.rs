//! Finds the files to read, in an order that depends on their names alone.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::Problem;
use crate::skip::SkipReason;

/// The names that files in a folder must end with to be read. A file that is named by the caller may be called anything.
const ENDINGS: [&str; 4] = [".json", ".json.gz", ".jsonl", ".jsonl.gz"];

/// A file to read.
#[derive(Debug)]
pub(super) struct LogFile {
    pub(super) path: PathBuf,
    /// Its size when it was found, for progress and for the order of work.
    pub(super) size: u64,
}

/// What a walk has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<LogFile>,
    /// Files in folders that are no logs by their name.
    pub(super) ignored: Vec<Problem>,
    /// What could not be looked into.
    pub(super) unreadable: Vec<Problem>,
}

/// Finds the files of `paths` and of the folders below them: paths in their order, folders by name. Links are followed,
/// but no file and no folder is visited twice.
pub(super) fn walk(paths: &[PathBuf]) -> Found {
    let mut walk = Walk { found: Found::default(), seen: HashSet::new() };
    for path in paths {
        walk.visit(path);
    }
    walk.found
}

struct Walk {
    found: Found,
    /// Real paths of what has been visited.
    seen: HashSet<PathBuf>,
}

/// Something to look at.
struct Step {
    path: PathBuf,
    /// Its path without links, where that is known.
    real: Option<PathBuf>,
    /// Whether the caller named it.
    named: bool,
}

impl Walk {
    fn visit(&mut self, path: &Path) {
        // Folders are few levels deep, but a hostile archive need not be: no recursion.
        let mut stack = vec![Step { path: path.to_path_buf(), real: None, named: true }];
        while let Some(step) = stack.pop() {
            if let Err(error) = self.step(&step, &mut stack) {
                self.found.unreadable.push(Problem::of_file(&step.path, SkipReason::Unreadable, error.to_string()));
            }
        }
    }

    fn step(&mut self, step: &Step, stack: &mut Vec<Step>) -> io::Result<()> {
        let metadata = fs::metadata(&step.path)?;
        let real = match &step.real {
            Some(real) => real.clone(),
            None => fs::canonicalize(&step.path)?,
        };
        if self.seen.contains(&real) {
            return Ok(());
        }
        if metadata.is_dir() {
            let mut children = Vec::new();
            for entry in fs::read_dir(&step.path)? {
                let entry = entry?;
                // The real path of what is no link follows from the folder's; to ask for each would be slow.
                let real = if entry.file_type()?.is_symlink() { None } else { Some(real.join(entry.file_name())) };
                children.push(Step { path: entry.path(), real, named: false });
            }
            children.sort_unstable_by(|a, b| b.path.cmp(&a.path));
            stack.append(&mut children);
        } else {
            self.file(step, &metadata);
        }
        self.seen.insert(real);
        Ok(())
    }

    fn file(&mut self, step: &Step, metadata: &Metadata) {
        let path = &step.path;
        if step.named || metadata.is_file() && is_log_name(path) {
            self.found.files.push(LogFile { path: path.clone(), size: metadata.len() });
        } else {
            let detail = if metadata.is_file() {
                format!("the name does not end with {}", ENDINGS.join(", "))
            } else {
                "not a regular file".to_owned()
            };
            self.found.ignored.push(Problem::of_file(path, SkipReason::OtherFile, detail));
        }
    }
}

fn is_log_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    ENDINGS.iter().any(|ending| {
        let tail = name.len().checked_sub(ending.len()).and_then(|start| name.get(start..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(ending.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &Found) -> Vec<String> {
        found.files.iter().map(|file| file.path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn folders_are_read_in_the_order_of_names_and_other_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("b/c")).unwrap();
        for name in ["z.json", "a.JSON.gz", "b/n.jsonl", "b/c/m.jsonl.gz", "b/notes.txt", "x.gz", "json"] {
            fs::write(root.join(name), "x").unwrap();
        }
        let found = walk(&[root.to_path_buf()]);
        assert_eq!(names(&found), ["a.JSON.gz", "m.jsonl.gz", "n.jsonl", "z.json"]);
        let ignored: Vec<_> = found.ignored.iter().map(|p| p.file.strip_prefix(root).unwrap().to_owned()).collect();
        assert_eq!(ignored, [Path::new("b/notes.txt"), Path::new("json"), Path::new("x.gz")]);
        assert!(found.unreadable.is_empty());
    }

    #[test]
    fn a_file_named_by_the_caller_is_read_whatever_its_name_and_only_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export");
        fs::write(&path, "x").unwrap();
        let missing = folder.path().join("missing.json");
        let found = walk(&[path.clone(), path, missing.clone()]);
        assert_eq!(names(&found), ["export"]);
        assert_eq!(found.unreadable[0].file, missing);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_but_not_in_circles() {
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("real")).unwrap();
        fs::write(root.join("real/log.json"), "x").unwrap();
        fs::write(root.join("real").join(std::ffi::OsStr::from_bytes(b"\xff\xfe.json")), "x").unwrap();
        symlink(root, root.join("real/loop")).unwrap();
        symlink(root.join("real"), root.join("again")).unwrap();
        symlink(root.join("nowhere"), root.join("broken.json")).unwrap();
        let found = walk(&[root.to_path_buf()]);
        assert_eq!(found.files.len(), 2);
        assert_eq!(found.unreadable.len(), 1);
    }
}
