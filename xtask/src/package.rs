//! The functions as zip files for Lambda, and the stack that runs them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Error, Result, ensure};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use sha2::{Digest, Sha256};

use crate::repo;

/// Where the zip files go.
const DIRECTORY: &str = "target/packages";

/// A function's zip file.
struct Packed {
    name: String,
    path: PathBuf,
}

/// Builds the functions and packs them.
pub(crate) fn run() -> Result<()> {
    let (packed, version) = pack()?;
    for Packed { name, path } in &packed {
        let size = fs::metadata(path).map(|file| file.len()).unwrap_or_default();
        println!("{name}: {} ({} KB)", path.display(), size / 1_000);
    }
    println!("version {version}");
    Ok(())
}

/// Packs, uploads, and makes or updates the stack by AWS's own command line.
pub(crate) fn deploy(program: &Path, bucket: &str, stack: &str, parameters: &[String]) -> Result<()> {
    let (packed, version) = pack()?;
    let prefix = format!("{stack}/{version}");
    for Packed { name, path } in &packed {
        let address = format!("s3://{bucket}/{prefix}/{name}.zip");
        aws(Command::new(program).args(["s3", "cp", "--only-show-errors"]).arg(path).arg(address))?;
    }
    aws(Command::new(program)
        .args(["cloudformation", "deploy", "--stack-name", stack, "--capabilities", "CAPABILITY_IAM"])
        .args(["--template-file", "infra/pipeline.yaml", "--s3-bucket", bucket, "--s3-prefix", &prefix])
        .args(["--no-fail-on-empty-changeset", "--parameter-overrides"])
        .args([format!("CodeBucket={bucket}"), format!("CodePrefix={prefix}/")])
        .args(parameters))
}

fn aws(command: &mut Command) -> Result<()> {
    let status =
        command.current_dir(repo::root()).status().context("starting `aws`: is AWS's command line installed?")?;
    ensure!(status.success(), "`aws` failed");
    Ok(())
}

/// The zip files, and a digest of all.
fn pack() -> Result<(Vec<Packed>, String)> {
    let built = trailhound_pipeline_tests::build().map_err(Error::from_boxed)?;
    let directory = repo::root().join(DIRECTORY);
    fs::create_dir_all(&directory).with_context(|| format!("making `{DIRECTORY}`"))?;
    let mut packed = Vec::new();
    let mut digest = Sha256::new();
    for name in functions()? {
        let program = fs::read(built.join(&name)).with_context(|| format!("reading `{name}`"))?;
        trailhound_pipeline_tests::check(&name, &program).map_err(Error::from_boxed)?;
        println!("{name}: {} KB", program.len() / 1_000);
        let archive = zip(&program)?;
        digest.update(&archive);
        let path = directory.join(format!("{name}.zip"));
        fs::write(&path, archive).with_context(|| format!("writing `{}`", path.display()))?;
        packed.push(Packed { name, path });
    }
    let version = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Ok((packed, version))
}

/// The programs among the sources.
fn functions() -> Result<BTreeSet<String>> {
    let sources = repo::root().join("crates/functions/src/bin");
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(sources).context("listing the functions")? {
        names.extend(entry?.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    Ok(names)
}

/// A zip file that holds a program as `bootstrap`. The same program gives the same bytes: it has the format's first day for
/// a date.
fn zip(program: &[u8]) -> Result<Vec<u8>> {
    const NAME: &[u8] = b"bootstrap";
    const FIRST_DAY: u16 = 0x21;
    /// A file that all may run, in Unix's terms.
    const MODE: u32 = 0o100_755;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(program)?;
    let deflated = encoder.finish()?;
    let mut crc = Crc::new();
    crc.update(program);
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).context("the program is too large for a zip file");
    // What the entry and the directory at the end share: version, flags, deflate, time, date, sum, sizes, name's length.
    let mut shared = Vec::new();
    for short in [20_u16, 0, 8, 0, FIRST_DAY] {
        shared.extend(short.to_le_bytes());
    }
    for long in [crc.sum(), size(&deflated)?, size(program)?] {
        shared.extend(long.to_le_bytes());
    }
    shared.extend(u16::try_from(NAME.len())?.to_le_bytes());
    shared.extend(0_u16.to_le_bytes());

    let mut archive = b"PK\x03\x04".to_vec();
    archive.extend(&shared);
    archive.extend(NAME);
    archive.extend(&deflated);
    let directory = size(&archive)?;
    archive.extend(b"PK\x01\x02");
    // Made by Unix.
    archive.extend([20, 3]);
    archive.extend(&shared);
    // No comment, the first disk, nothing internal, the mode, the entry's place.
    archive.extend([0; 6]);
    archive.extend((MODE << 16).to_le_bytes());
    archive.extend(0_u32.to_le_bytes());
    archive.extend(NAME);
    let length = size(&archive)? - directory;
    archive.extend(b"PK\x05\x06");
    archive.extend([0, 0, 0, 0, 1, 0, 1, 0]);
    archive.extend(length.to_le_bytes());
    archive.extend(directory.to_le_bytes());
    archive.extend([0, 0]);
    Ok(archive)
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    #[test]
    fn every_function_of_the_stack_has_a_program() {
        let template = repo::read("infra/pipeline.yaml").unwrap();
        let names = functions().unwrap();
        let wanted: BTreeSet<String> = template
            .split("${CodePrefix}")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once(".zip")?.0.to_owned()))
            .collect();
        assert!(!wanted.is_empty());
        assert_eq!(names, wanted);
    }

    #[test]
    fn a_zip_file_is_the_same_each_time_and_others_can_read_it() {
        let program = b"#!/bin/sh\necho hello\n".repeat(100);
        let archive = zip(&program).unwrap();
        assert_eq!(archive, zip(&program).unwrap());
        let path = std::env::temp_dir().join(format!("trailhound-zip-{}.zip", std::process::id()));
        fs::write(&path, &archive).unwrap();
        let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n\
                      i, = z.infolist()\nassert i.filename == 'bootstrap' and i.external_attr >> 16 == 0o100755, i\n\
                      sys.stdout.buffer.write(z.read(i))";
        let python = Command::new("python3").args(["-c", script]).arg(&path).stderr(Stdio::inherit()).output();
        fs::remove_file(&path).unwrap();
        match python {
            Ok(read) => assert!(read.status.success() && read.stdout == program),
            Err(error) => eprintln!("skipped: {error}"),
        }
    }
}
