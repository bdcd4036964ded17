//! Sends one request with a generated reqwest client: VARIANT URL CAFILE PROXY
mod variants;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use reqwest::Proxy;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let fetched = fetch(&arguments[0], &arguments[1], &arguments[2], &arguments[3]);
    match runtime.block_on(fetched) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}

async fn fetch(variant: &str, url: &str, cafile: &str, proxy: &str) -> Result<(), Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(cafile)? {
        roots.add(certificate?)?;
    }
    let mut builder = variants::client_builder(variant, roots)?
        .no_proxy()
        .timeout(Duration::from_secs(5));
    if !proxy.is_empty() {
        builder = builder.proxy(Proxy::all(proxy)?);
    }
    let answer = builder.build()?.get(url).send().await?;
    answer.error_for_status()?.bytes().await?;
    Ok(())
}
