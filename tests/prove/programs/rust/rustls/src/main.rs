//! Sends one request over rustls with a generated verifier: VARIANT URL CAFILE PROXY
mod variants;

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConnection, RootCertStore, StreamOwned};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match fetch(&arguments[0], &arguments[1], &arguments[2], &arguments[3]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn fetch(variant: &str, url: &str, cafile: &str, proxy: &str) -> Result<(), Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(cafile)? {
        roots.add(certificate?)?;
    }
    let config = variants::config(variant, roots)?;
    let rest = url.strip_prefix("https://").ok_or("not an https URL")?;
    let (authority, path) = rest.split_once('/').ok_or("no path")?;
    let (host, _) = authority.rsplit_once(':').ok_or("no port")?;
    let host = host.trim_matches(['[', ']']).to_owned();
    let tcp = connect(authority, proxy.strip_prefix("http://"))?;
    let tls = ClientConnection::new(Arc::new(config), host.try_into()?)?;
    let mut stream = StreamOwned::new(tls, tcp);
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    check(&answer)
}

fn connect(authority: &str, proxy: Option<&str>) -> Result<TcpStream, Box<dyn Error>> {
    let mut tcp = TcpStream::connect(proxy.unwrap_or(authority))?;
    tcp.set_read_timeout(Some(Duration::from_secs(5)))?;
    if proxy.is_some() {
        write!(
            tcp,
            "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"
        )?;
        let mut answer = String::new();
        // The proxy sends nothing more until the handshake begins, so the buffer loses no byte of it.
        let mut reader = BufReader::new(tcp.try_clone()?);
        while reader.read_line(&mut answer)? > "\r\n".len() {}
        check(&answer)?;
    }
    Ok(tcp)
}

fn check(answer: &str) -> Result<(), Box<dyn Error>> {
    let status = answer.split(' ').nth(1).unwrap_or("no status").to_owned();
    match status.parse::<u16>() {
        Ok(200..400) => Ok(()),
        _ => Err(status.into()),
    }
}
