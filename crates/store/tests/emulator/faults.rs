//! A proxy before the emulator that does what networks and busy tables do.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to a call instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An error of this name; the emulator never hears of the call.
    Refuse(&'static str),
    /// The emulator does as it is told, and the answer is lost.
    LoseAnswer,
    /// No answer ever comes; the emulator never hears of the call.
    Hang,
}

/// The proxy. It stops with the process.
#[derive(Clone)]
pub struct Proxy {
    pub address: String,
    faults: Arc<Mutex<VecDeque<(&'static str, Fault)>>>,
}

impl Proxy {
    pub fn before(emulator: &str) -> Self {
        let upstream = emulator.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self { address: format!("http://{}", listener.local_addr().unwrap()), faults: Arc::default() };
        let faults = proxy.faults.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (faults, upstream) = (faults.clone(), upstream.clone());
                // A connection that ends early is the client's to notice.
                std::thread::spawn(move || drop(serve(client.unwrap(), &upstream, &faults)));
            }
        });
        proxy
    }

    /// The next calls of an operation meet these faults, one each.
    pub fn plan(&self, operation: &'static str, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap().extend(faults.into_iter().map(|fault| (operation, fault)));
    }

    /// The faults that no call has met yet.
    pub fn left(&self) -> usize {
        self.faults.lock().unwrap().len()
    }
}

fn serve(client: TcpStream, upstream: &str, faults: &Mutex<VecDeque<(&'static str, Fault)>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut client = client;
    let mut server = TcpStream::connect(upstream)?;
    let mut answers = BufReader::new(server.try_clone()?);
    loop {
        let request = message(&mut reader)?;
        let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let operation = |name: &str| head.contains(&format!(".{}\r\n", name.to_ascii_lowercase()));
        let fault = {
            let mut faults = faults.lock().unwrap();
            let place = faults.iter().position(|(name, _)| operation(name));
            place.and_then(|place| faults.remove(place)).map(|(_, fault)| fault)
        };
        match fault {
            Some(Fault::Refuse(name)) => {
                let body =
                    format!("{{\"__type\":\"com.amazonaws.dynamodb.v20120810#{name}\",\"message\":\"made up\"}}");
                let length = body.len();
                write!(
                    client,
                    "HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {length}\r\n\r\n{body}"
                )?;
                continue;
            }
            Some(Fault::Hang) => {
                std::thread::sleep(Duration::from_secs(30));
                return Ok(());
            }
            Some(Fault::LoseAnswer) | None => {}
        }
        server.write_all(&request)?;
        let answer = message(&mut answers)?;
        if fault == Some(Fault::LoseAnswer) {
            return Ok(());
        }
        client.write_all(&answer)?;
    }
}

/// One HTTP message with its body, whose length its head must state.
fn message(from: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut length = 0;
    loop {
        let start = message.len();
        if from.read_until(b'\n', &mut message)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&message[start..]).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        assert!(!line.starts_with("transfer-encoding:"), "the proxy knows bodies of stated length only");
        if line.trim().is_empty() {
            break;
        }
    }
    let start = message.len();
    message.resize(start + length, 0);
    from.read_exact(&mut message[start..])?;
    Ok(message)
}
