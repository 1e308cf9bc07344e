//! One Lambda function without Lambda: its program, given events one by one, and what it calls counted.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a function may take over anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that polls for events, as Lambda starts it. It ends when this is dropped.
#[derive(Debug)]
pub struct Function {
    process: Child,
    asked: Receiver<Asked>,
    polling: Sender<Vec<u8>>,
    started: Duration,
}

/// What a function asks the runtime's API, and where the answer goes.
#[derive(Debug)]
struct Asked {
    request: Request,
    answer: Sender<Vec<u8>>,
}

impl Function {
    /// Starts a program, and waits until it polls for its first event.
    ///
    /// # Errors
    /// When it cannot be started, or ends instead of polling.
    pub fn start<'e>(program: &Path, environment: impl IntoIterator<Item = (&'e str, &'e str)>) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "function")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let (ask, asked) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let ask = ask.clone();
                std::thread::spawn(move || drop(serve(&stream, &ask)));
            }
        });
        #[expect(clippy::disallowed_methods, reason = "how long a start takes is what is measured here")]
        let began = Instant::now();
        let process = command.spawn()?;
        let mut function = Self { process, asked, polling: channel().0, started: Duration::ZERO };
        function.poll()?;
        function.started = began.elapsed();
        Ok(function)
    }

    /// How long it took from its start to its first poll.
    #[must_use]
    pub const fn started(&self) -> Duration {
        self.started
    }

    /// The processor time that it has used so far, of all its threads.
    ///
    /// # Errors
    /// Where the system does not tell; Linux does.
    pub fn used(&self) -> Result<Duration> {
        let mut sum = Duration::ZERO;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let times = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let nanoseconds = times.split(' ').next().and_then(|time| time.parse().ok());
            sum += Duration::from_nanos(nanoseconds.ok_or(ErrorKind::InvalidData)?);
        }
        Ok(sum)
    }

    /// Hands it an event; gives its answer, or the error it reported, once it polls for the next event.
    ///
    /// # Errors
    /// When it ends, or does not answer in time.
    pub fn invoke(&mut self, event: &str) -> Result<std::result::Result<String, String>> {
        #[expect(clippy::disallowed_methods, reason = "the deadline of an invocation is in the present")]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: 1\r\n\
             Lambda-Runtime-Deadline-Ms: {}\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:000000000000:\
             function:function\r\nContent-Length: {}\r\n\r\n",
            (now + PATIENCE).as_millis(),
            event.len()
        );
        drop(self.polling.send([head.as_bytes(), event.as_bytes()].concat()));
        let Asked { request, answer } = self.next()?;
        drop(answer.send(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n".to_vec()));
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let failed = request.line.contains("/error ");
        self.poll()?;
        Ok(if failed { Err(body) } else { Ok(body) })
    }

    fn next(&mut self) -> Result<Asked> {
        self.asked.recv_timeout(PATIENCE).map_err(|_| match self.process.try_wait() {
            Ok(Some(status)) => Error::other(format!("the function ended with {status}")),
            _ => Error::other("the function does not answer"),
        })
    }

    fn poll(&mut self) -> Result<()> {
        let Asked { request, answer } = self.next()?;
        if !request.line.contains("/invocation/next ") {
            return Err(Error::other(format!("{}: {}", request.line, String::from_utf8_lossy(&request.body))));
        }
        self.polling = answer;
        Ok(())
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Hands on what one connection asks, and answers.
fn serve(stream: &TcpStream, ask: &Sender<Asked>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader)? {
        let (answer, answered) = channel();
        let gone = |_| Error::from(ErrorKind::BrokenPipe);
        ask.send(Asked { request, answer }).map_err(|_| Error::from(ErrorKind::BrokenPipe))?;
        let mut out = stream;
        out.write_all(&answered.recv().map_err(gone)?)?;
    }
    Ok(())
}

/// A request, as it came.
#[derive(Debug)]
struct Request {
    line: String,
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Request {
    /// The next request of a connection; none at its end.
    fn read(reader: &mut impl BufRead) -> Result<Option<Self>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            lines.push(line.to_owned());
        }
        let line = if lines.is_empty() { String::new() } else { lines.remove(0) };
        let mut request = Self { line, headers: lines, body: Vec::new() };
        let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        request.body = vec![0; length];
        reader.read_exact(&mut request.body)?;
        Ok(Some(request))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let of = |header: &'_ str| header.split_once(':').is_some_and(|(named, _)| named.eq_ignore_ascii_case(name));
        self.headers.iter().find(|header| of(header)).and_then(|header| Some(header.split_once(':')?.1.trim()))
    }

    /// The operation of AWS that it is: from the header of the JSON protocols, or the form of the query protocols, else its
    /// method and path.
    fn operation(&self) -> String {
        if let Some(target) = self.header("x-amz-target") {
            return target.rsplit('.').next().unwrap_or_default().to_owned();
        }
        let body = String::from_utf8_lossy(&self.body);
        match body.split('&').find_map(|pair| pair.strip_prefix("Action=")) {
            Some(action) => action.to_owned(),
            None => self.line.split(" HTTP").next().unwrap_or_default().to_owned(),
        }
    }
}

/// Stands between a function and AWS, and counts its calls by operation, repetitions included.
#[derive(Debug)]
pub struct Counter {
    url: String,
    calls: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Counter {
    /// Counts calls to the AWS at this address; works until the process ends.
    ///
    /// # Errors
    /// When the machine gives no port.
    pub fn of(url: &str) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let counter = Self { url: format!("http://{}", listener.local_addr()?), calls: Arc::default() };
        let (calls, to) = (Arc::clone(&counter.calls), url.trim_start_matches("http://").to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (calls, to) = (Arc::clone(&calls), to.clone());
                std::thread::spawn(move || drop(pass(&stream, &to, &calls)));
            }
        });
        Ok(counter)
    }

    /// Where to send what is to be counted.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The calls since the last time.
    #[must_use]
    pub fn take(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Counts and passes on one call, on a connection that then ends.
fn pass(stream: &TcpStream, to: &str, calls: &Mutex<BTreeMap<String, usize>>) -> Result<()> {
    let Some(request) = Request::read(&mut BufReader::new(stream))? else { return Ok(()) };
    *calls.lock().unwrap_or_else(PoisonError::into_inner).entry(request.operation()).or_default() += 1;
    let mut there = TcpStream::connect(to)?;
    let mut head = format!("{}\r\nConnection: close\r\n", request.line);
    for header in request.headers.iter().filter(|header| !header.to_ascii_lowercase().starts_with("connection:")) {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    there.write_all(&[head.as_bytes(), &request.body].concat())?;
    let mut answer = Vec::new();
    there.read_to_end(&mut answer)?;
    let mut out = stream;
    out.write_all(&answer)
}
