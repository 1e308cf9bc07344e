//! Finds the templates to check: files that are named, and those in folders.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

/// More of a file is not read: CloudFormation takes a template of 1 MiB at most, and says so.
const READ_MAX: u64 = (1 << 20) + 1;

/// What files in folders end with if they may be templates. A file that is named may be called anything.
const ENDINGS: [&str; 4] = ["yaml", "yml", "json", "template"];

/// A file that was found, with what it holds, or why it cannot be read.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) content: io::Result<Vec<u8>>,
}

/// What was found.
#[derive(Default)]
pub(super) struct Templates {
    pub(super) files: Vec<Found>,
    /// Files in folders that might be templates by their name and have no `Resources`.
    pub(super) passed_over: Vec<PathBuf>,
}

/// Finds templates: in the order of the paths, in folders by name. Hidden files and folders are left out, and links are not
/// followed, unless they are named.
pub(super) fn find(paths: &[PathBuf]) -> Templates {
    let mut templates = Templates::default();
    for path in paths {
        if !path.is_dir() {
            templates.files.push(Found { path: path.clone(), content: read(path) });
            continue;
        }
        let walk = WalkDir::new(path).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
            match entry {
                Ok(entry) if entry.file_type().is_file() && may_be_template(entry.path()) => {
                    let content = read(entry.path());
                    let path = entry.into_path();
                    if content.as_ref().is_ok_and(|content| !has_resources(content)) {
                        templates.passed_over.push(path);
                    } else {
                        templates.files.push(Found { path, content });
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().unwrap_or(path).to_owned();
                    templates.files.push(Found { path, content: Err(error.into()) });
                }
            }
        }
    }
    templates
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(READ_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn may_be_template(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// Whether it has the section that every template has, as far as can be seen without parsing: a broken template is still
/// one, and is told of.
fn has_resources(content: &[u8]) -> bool {
    content.split(|byte| *byte == b'\n').any(|line| {
        let line = line.trim_ascii_start();
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        // In YAML the section begins its line; JSON may be written in one.
        line.starts_with(b"Resources:")
            || line.windows(12).any(|part| part == b"\"Resources\":" || part == b"\"Resources\" ")
    })
}
