//! How the functions connect: one maker and keeper of connections for all clients of AWS and for the webhook.
//!
//! The SDK's own reads and parses every trusted certificate for each client that is made, and again for each limit of time, and it
//! brings HTTP/2, which no service here needs. Both count at a cold start.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(2);

/// HTTP/1.1, over TLS where the address says so.
#[derive(Clone, Debug)]
struct Https(Client<HttpsConnector<Tcp>, SdkBody>);

/// Makes connections that trust what this system trusts.
///
/// # Errors
/// When the TLS library refuses its own defaults.
pub fn connector() -> Result<SharedHttpConnector, rustls::Error> {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(trusted())
        .with_no_client_auth();
    let mut tcp = Tcp::new();
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT));
    tcp.enforce_http(false);
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
    let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
    Ok(SharedHttpConnector::new(Https(client)))
}

/// The certificates that this system trusts. Where they are one file, the folders beside it are not searched: they hold the
/// same ones, a file each.
fn trusted() -> RootCertStore {
    let found = match openssl_probe::probe().cert_file {
        Some(bundle) => rustls_native_certs::load_certs_from_paths(Some(&bundle), None),
        None => rustls_native_certs::load_native_certs(),
    };
    for error in &found.errors {
        tracing::warn!(%error, "trusted certificates not read");
    }
    let mut trusted = RootCertStore::empty();
    trusted.add_parsable_certificates(found.certs);
    if trusted.is_empty() {
        tracing::error!(error_code = "permanent", "no certificate is trusted");
    }
    trusted
}

impl HttpConnector for Https {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let answer = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(failed)?;
            let answer = HttpResponse::try_from(answer.map(SdkBody::from_body_1_x));
            answer.map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// What goes wrong on the way may pass, so that whoever repeats calls shall repeat this one.
fn failed(error: hyper_util::client::legacy::Error) -> ConnectorError {
    if is_late(&error) { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) }
}

/// Whether a limit of time is among the causes.
fn is_late(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source())
        .any(|cause| cause.downcast_ref().map(io::Error::kind) == Some(ErrorKind::TimedOut))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    async fn asked(address: &str) -> Result<u16, ConnectorError> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(address).unwrap();
        connector().unwrap().call(request).await.map(|answer| answer.status().as_u16())
    }

    #[tokio::test]
    async fn an_answer_arrives_and_what_fails_on_the_way_may_be_repeated() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let here = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for answer in ["HTTP/1.1 204 No Content\r\n\r\n", "", "HTTP/1.1 200 OK\r\n\r\n"] {
                let (mut stream, _) = listener.accept().unwrap();
                // Whatever is asked, the first time in the clear and the last time with a greeting of TLS.
                assert!(stream.read(&mut [0; 4_096]).unwrap() > 0);
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        assert_eq!(asked(&format!("http://{here}/")).await.unwrap(), 204);
        assert!(asked(&format!("http://{here}/")).await.unwrap_err().is_io(), "it hung up");
        assert!(asked(&format!("https://{here}/")).await.unwrap_err().is_io(), "it speaks no TLS");
        assert!(asked(&format!("http://{here}/")).await.unwrap_err().is_io(), "it is gone");
    }

    #[test]
    fn a_time_limit_is_told_from_other_failures() {
        for (kind, late) in [(ErrorKind::TimedOut, true), (ErrorKind::ConnectionRefused, false)] {
            assert_eq!(is_late(&io::Error::from(kind)), late);
        }
    }
}
