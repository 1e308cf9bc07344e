//! Runs the real program on real files.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What the program said and how it ended.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// The JSON values that it printed, one per line.
    pub(crate) fn rows(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Runs the program in a folder that holds these files.
pub(crate) fn run(files: &[(&str, &[u8])], arguments: &[&str]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    run_in(folder.path(), arguments)
}

/// Runs the program in a folder. It never panics and no signal ends it.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_trailhound")).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(!err.contains("panicked"), "{err}");
    Said { code: output.status.code().unwrap_or_else(|| panic!("ended by a signal: {err}")), out, err }
}
