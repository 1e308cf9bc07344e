//! Opens the pages that tests left behind in a real browser.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// The names under which Chromium is installed.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// The longest a page may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of looking.
pub(crate) enum Outcome {
    /// This many pages were opened, and the browser complained about none.
    Opened(usize),
    /// Why nothing was opened.
    Skipped(&'static str),
}

/// Where integration tests leave pages: cargo calls it `CARGO_TARGET_TMPDIR`.
fn directory() -> Result<PathBuf> {
    // This program runs as `target/debug/xtask`.
    let program = std::env::current_exe().context("finding the target directory")?;
    let target = program.ancestors().nth(2).context("finding the target directory")?;
    Ok(target.join("tmp"))
}

/// The pages in the directory, sorted.
fn pages() -> Result<Vec<PathBuf>> {
    let directory = directory()?;
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let mut pages = Vec::new();
    for entry in fs::read_dir(&directory).with_context(|| format!("listing `{}`", directory.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "html") {
            pages.push(path);
        }
    }
    pages.sort();
    Ok(pages)
}

/// Removes the pages of an earlier run, so that only those of this one are opened.
pub(crate) fn forget() -> Result<()> {
    for page in pages()? {
        fs::remove_file(&page).with_context(|| format!("removing `{}`", page.display()))?;
    }
    Ok(())
}

/// Opens every page. `may_install` allows to install Debian's package where that is possible.
pub(crate) fn check(may_install: bool) -> Result<Outcome> {
    let pages = pages()?;
    if pages.is_empty() {
        return Ok(Outcome::Skipped("pages in a browser: no test left one"));
    }
    let Some(browser) = find().or_else(|| if may_install { install() } else { None }) else {
        return Ok(Outcome::Skipped("pages in a browser: there is no Chromium"));
    };
    for page in &pages {
        open(browser, page).with_context(|| format!("opening `{}` with `{browser}`", page.display()))?;
    }
    Ok(Outcome::Opened(pages.len()))
}

/// The name of an installed browser.
fn find() -> Option<&'static str> {
    NAMES.iter().copied().find(|name| quietly(name, &["--version"]))
}

/// Installs Debian's package, if this is Debian and we may.
fn install() -> Option<&'static str> {
    let user = Command::new("id").arg("-u").output().ok()?;
    if user.stdout != b"0\n" || !quietly("apt-get", &["--version"]) {
        return None;
    }
    println!("installing the package `chromium`; `--no-install` skips the browser instead");
    let package = ["install", "--yes", "--quiet", "--no-install-recommends", "chromium"];
    let installed = quietly("apt-get", &package) || (quietly("apt-get", &["update"]) && quietly("apt-get", &package));
    if installed { find() } else { None }
}

/// Whether a command exists and succeeds.
fn quietly(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Opens a page, runs its scripts, and fails if the browser writes anything to its console.
fn open(browser: &str, page: &Path) -> Result<()> {
    let page = page.canonicalize()?;
    let (document, log) = (page.with_extension("dom"), page.with_extension("log"));
    let mut running = Command::new(browser)
        .args(["--headless", "--disable-gpu", "--disable-dev-shm-usage", "--virtual-time-budget=5000"])
        // The page is ours, and a container's root has no other choice.
        .arg("--no-sandbox")
        // Whatever the page needs is in it.
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .stdout(File::create(&document)?)
        .stderr(File::create(&log)?)
        .spawn()?;
    let pause = Duration::from_millis(50);
    let mut waited = Duration::ZERO;
    let status = loop {
        if let Some(status) = running.try_wait()? {
            break status;
        }
        if waited > PATIENCE {
            running.kill()?;
            running.wait()?;
            bail!("the browser did not finish within {} s", PATIENCE.as_secs());
        }
        sleep(pause);
        waited += pause;
    };
    ensure!(status.success(), "the browser ended with {status}: see `{}`", log.display());
    let (document, log) = (fs::read(&document)?, fs::read(&log)?);
    let log = String::from_utf8_lossy(&log);
    let complaints = complaints(&log);
    ensure!(complaints.is_empty(), "the browser's console is not silent:\n{}", complaints.join("\n"));
    ensure!(String::from_utf8_lossy(&document).contains("<body"), "the browser shows no document");
    Ok(())
}

/// What a page made the browser write to its console.
fn complaints(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains(":CONSOLE")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_page_caused_is_a_complaint() {
        let log = "[1:1:ERROR:dbus/bus.cc:408] Failed to connect to the bus\n\
                   [1:1:INFO:CONSOLE:1] \"Uncaught ReferenceError: x is not defined\", source: file:///p.html (1)\n\
                   [1:1:INFO:CONSOLE(1)] \"text\", source: file:///p.html (1)\n\
                   16 bytes written\n";
        assert_eq!(complaints(log).len(), 2);
        assert!(complaints("").is_empty());
    }
}
