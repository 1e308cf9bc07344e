//! The local AWS for tests and the demo: installs the pinned emulator below `target/`, starts it, and ends it.

mod aws;
mod lambda;
mod shell;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use sha2::{Digest, Sha256};

pub use aws::{Aws, Refused};
pub use lambda::{Counter, Function};
pub use shell::{Shell, by_hand, commands};

/// The region that everything is in.
pub const REGION: &str = "eu-west-1";
/// The account of the emulator's callers who sign with [`ACCESS_KEY`].
pub const ACCOUNT: &str = "000000000000";
/// An access key of that account. A key of twelve digits is a key of the account with that number.
pub const ACCESS_KEY: &str = "test";
/// How long a start may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why there is no emulator.
#[derive(Debug, thiserror::Error)]
pub enum EmulatorError {
    /// The machine cannot run it: tests that need it are skipped, and say so.
    #[error("{0}")]
    Missing(String),
    /// It should have worked.
    #[error("{doing}: {why}")]
    Failed {
        /// What was being done.
        doing: &'static str,
        /// What went wrong.
        why: String,
    },
}

fn failed(doing: &'static str) -> impl FnOnce(std::io::Error) -> EmulatorError {
    move |error| EmulatorError::Failed { doing, why: error.to_string() }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Python programs that tests use, each of the version in `requirements.txt`. Installed once below `target/`.
#[derive(Clone, Debug)]
pub struct Tools(PathBuf);

impl Tools {
    /// Where the tools stand, installing them where they do not yet.
    ///
    /// # Errors
    /// [`EmulatorError::Missing`] where there is no Python with `venv`, or the package index does not answer.
    pub fn install() -> Result<Self, EmulatorError> {
        let locked = include_bytes!("../requirements.txt");
        let digest: String = Sha256::digest(locked).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let target = root().join("target");
        let home = target.join(format!("python-{digest}"));
        if home.join("installed").is_file() {
            return Ok(Self(home));
        }
        std::fs::create_dir_all(&target).map_err(failed("making the target folder"))?;
        // Another process may be installing at this moment.
        let lock = target.join("python.lock");
        let lock = std::fs::File::create(&lock).map_err(failed("making the lock of the Python tools"))?;
        lock.lock().map_err(failed("waiting for the lock of the Python tools"))?;
        if home.join("installed").is_file() {
            return Ok(Self(home));
        }
        drop(std::fs::remove_dir_all(&home));
        quietly(Command::new("python3").args(["-m", "venv"]).arg(&home))
            .map_err(|why| EmulatorError::Missing(format!("no emulator: `python3 -m venv` does not work: {why}")))?;
        let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("requirements.txt");
        let mut pip = Command::new(home.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "--only-binary",
        ])
        .args([":all:", "--no-binary", "ministack,antlr4-python3-runtime", "-r"])
        .arg(requirements);
        quietly(&mut pip)
            .map_err(|why| EmulatorError::Missing(format!("no emulator: its packages cannot be installed: {why}")))?;
        std::fs::write(home.join("installed"), "").map_err(failed("noting that the Python tools are installed"))?;
        Ok(Self(home))
    }

    /// A program of the tools, such as `cfn-lint`.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }
}

/// Runs a command whose output matters only if it fails.
fn quietly(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let text = if text.trim().is_empty() { String::from_utf8_lossy(&output.stdout) } else { text };
    Err(text.lines().rev().take(5).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("; "))
}

/// How an emulator starts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Every call is held to the policies of its caller.
    pub auth: bool,
    /// What a function failed on is handed over again at once, whatever its queue's visibility timeout.
    pub haste: bool,
}

/// A local server and its log.
#[derive(Debug)]
struct Server {
    process: Child,
    url: String,
    log: PathBuf,
}

impl Server {
    /// Starts a script of this folder on a free port of the loopback interface, and waits until it answers `health` well.
    fn start(
        script: &str,
        health: &str,
        prepare: impl FnOnce(&mut Command, u16, &str, &Path),
    ) -> Result<Self, EmulatorError> {
        let tools = Tools::install()?;
        let port = free_port().map_err(failed("looking for a free port"))?;
        let url = format!("http://127.0.0.1:{port}");
        let home = root().join("target").join("emulator").join(port.to_string());
        drop(std::fs::remove_dir_all(&home));
        std::fs::create_dir_all(&home).map_err(failed("making the emulator's folder"))?;
        let log = home.join("log");
        let output = std::fs::File::create(&log).map_err(failed("making the emulator's log"))?;
        let errors = output.try_clone().map_err(failed("making the emulator's log"))?;
        let mut command = Command::new(tools.program("python"));
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
            .env("TMPDIR", &home)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors);
        prepare(&mut command, port, &url, &home);
        let process = command.spawn().map_err(failed("starting the emulator"))?;
        Self { process, url, log }.ready(port, health)
    }

    fn ready(mut self, port: u16, health: &str) -> Result<Self, EmulatorError> {
        let pause = Duration::from_millis(50);
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            if healthy(port, health) {
                return Ok(self);
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(self.silent(&format!("it ended with {status}")));
            }
            std::thread::sleep(pause);
            waited += pause;
        }
        Err(self.silent(&format!("it did not answer for {} seconds", PATIENCE.as_secs())))
    }

    fn silent(&self, why: &str) -> EmulatorError {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let last = log.lines().last().unwrap_or_default();
        EmulatorError::Failed { doing: "starting the emulator", why: format!("{why}; its log ends with: {last}") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with all it runs when its input closes.
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

/// A running emulator; it ends, with every function it runs, when this is dropped or the process ends.
#[derive(Debug)]
pub struct Emulator(Server);

impl Emulator {
    /// Starts ministack on a free port of the loopback interface.
    ///
    /// # Errors
    /// As for [`Tools::install`]; [`EmulatorError::Failed`] if it does not come up.
    pub fn start(options: Options) -> Result<Self, EmulatorError> {
        let server = Server::start("launch.py", "/_ministack/health", |command, port, url, _| {
            command
                .env("BIND_HOST", "127.0.0.1")
                .env("GATEWAY_PORT", port.to_string())
                .env("AWS_ENDPOINT_URL", url)
                .env("LAMBDA_ASYNC_RETRY_BASE_SECONDS", "0.2")
                .env("TRAILHOUND_EMULATOR_EVENTS", "1");
            if options.auth {
                command.env("AUTH", "true");
            }
            if options.haste {
                command.env("TRAILHOUND_EMULATOR_HASTE", "1");
            }
        });
        server.map(Self)
    }

    /// Its address, for all services.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// What it and its functions print.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.0.log
    }

    /// What a program needs to know to take it for AWS.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, &str); 6] {
        environment(self.url())
    }
}

/// What a program needs to know to take an address for AWS.
fn environment(url: &str) -> [(&'static str, &str); 6] {
    [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("TRAILHOUND_EMULATOR", url),
    ]
}

/// A running moto, which knows calls that the emulator does not and holds none to a policy; it ends when this is dropped or the
/// process ends.
#[derive(Debug)]
pub struct Moto(Server);

impl Moto {
    /// Starts moto on a free port of the loopback interface.
    ///
    /// # Errors
    /// As for [`Emulator::start`].
    pub fn start() -> Result<Self, EmulatorError> {
        let server = Server::start("serve_moto.py", "/moto-api/data.json", |command, port, _, home| {
            command
                .arg(port.to_string())
                .env("HOME", home)
                .env("MOTO_ACCOUNT_ID", ACCOUNT)
                .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
                .env("AWS_SECRET_ACCESS_KEY", "test");
        });
        server.map(Self)
    }

    /// Its address, for all services.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }
}

/// The address of the emulator that `cargo xtask test` has started; empty where it could not start one.
#[expect(clippy::disallowed_methods, reason = "the address of a shared emulator comes from whoever started it")]
#[must_use]
pub fn shared_address() -> Option<String> {
    std::env::var("TRAILHOUND_EMULATOR").ok()
}

/// The emulator that a test run shares: the one that `cargo xtask test` has started, else one for this process.
///
/// # Errors
/// As for [`Emulator::start`].
pub fn shared() -> Result<&'static str, &'static EmulatorError> {
    static SHARED: OnceLock<Result<(String, Option<Emulator>), EmulatorError>> = OnceLock::new();
    let found = SHARED.get_or_init(|| match shared_address() {
        Some(url) if url.is_empty() => {
            Err(EmulatorError::Missing("no emulator: TRAILHOUND_EMULATOR says that there is none".into()))
        }
        Some(url) => Ok((url, None)),
        None => Emulator::start(Options::default()).map(|emulator| (emulator.url().to_owned(), Some(emulator))),
    });
    found.as_ref().map(|(url, _)| url.as_str())
}

/// A port that nobody listens on.
///
/// # Errors
/// Where the machine gives none.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn healthy(port: u16, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}
