//! What stands before the simulator in the tests of https: an authority of their own, a server that
//! ends TLS, and a proxy that knows one command.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate authority that no machine knows.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key).unwrap().pem();
        Authority {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Writes its certificate as PEM.
    pub fn file(&self, directory: &Path, name: &str) -> PathBuf {
        let path = directory.join(name);
        std::fs::write(&path, &self.pem).unwrap();
        path
    }

    /// A server's end of TLS, for a host.
    fn acceptor(&self, params: CertificateParams) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

pub fn certificate_for(host: &str) -> CertificateParams {
    CertificateParams::new([host.to_owned()]).unwrap()
}

/// Ends TLS on a free port of loopback and passes on what it reads; it ends when it is dropped.
pub struct Front {
    pub addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Front {
    pub async fn start(authority: &Authority, params: CertificateParams, to: SocketAddr) -> Front {
        let acceptor = authority.acceptor(params);
        let (addr, task) = serve(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(mut inside) = acceptor.accept(stream).await else {
                    return;
                };
                let mut outside = TcpStream::connect(to).await.unwrap();
                let _ = copy_bidirectional(&mut inside, &mut outside).await;
            }
        })
        .await;
        Front { addr, task }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Knows CONNECT, notes whom it was asked for, and leads all of it to one place.
pub struct Proxy {
    pub addr: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Where there is nowhere to lead to it never answers.
    pub async fn start(to: Option<SocketAddr>) -> Proxy {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        let (addr, task) = serve(move |stream| {
            let notes = Arc::clone(&notes);
            async move {
                let mut stream = BufReader::new(stream);
                // Whoever speaks TLS to it sends no text.
                let mut line = Vec::new();
                let _ = stream.read_until(b'\n', &mut line).await;
                let first = String::from_utf8_lossy(&line).trim_end().to_owned();
                notes.lock().unwrap().push(first);
                while line != b"\r\n" {
                    line.clear();
                    if stream.read_until(b'\n', &mut line).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let Some(to) = to else {
                    return std::future::pending().await;
                };
                let mut outside = TcpStream::connect(to).await.unwrap();
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                let _ = copy_bidirectional(&mut stream, &mut outside).await;
            }
        })
        .await;
        Proxy { addr, asked, task }
    }

    /// The first line of each request.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve<F>(one: impl Fn(TcpStream) -> F + Send + 'static) -> (SocketAddr, JoinHandle<()>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(one(stream));
        }
    });
    (addr, task)
}
