"""Rust: a builder of reqwest clients that pin."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import RUST
from pinsmith.formats.code._limit import PROXY, Limit, allows_unpinned
from pinsmith.formats.code._target import code_format
from pinsmith.formats.code.rust_rustls import CAN, REMARKS, REVOCATION, VISIBILITY

FORMAT: Final = code_format(
    id="rust-reqwest",
    title="Rust, reqwest",
    spec="https://docs.rs/reqwest/0.13/reqwest/struct.ClientBuilder.html#method.tls_backend_preconfigured",
    language=RUST,
    suffix=".rs",
    compromised="rustls-webpki 0.103.16 and later",
    can=CAN,
    platforms=("languages",),
    place="src/pins.rs",
    additions=(
        Addition("src/main.rs", "mod pins;"),
        Addition(
            "Cargo.toml",
            """
[dependencies]
reqwest = { version = "0.13", features = ["rustls"] }
rustls = "0.23"
rustls-webpki = "0.103.3"
base64 = "0.22"
sha2 = "0.10"
webpki-roots = "1"
""",
        ),
    ),
    usage="""
let mut roots = rustls::RootCertStore::empty();
roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
let client = pins::PinVerifier::new(roots.clone())?
    .into_client_builder() // a reqwest::ClientBuilder
    .build()?;
let response = client.get("https://api.example.com/").send().await?;

// For a blocking client
let client = reqwest::blocking::Client::builder()
    .tls_backend_preconfigured(pins::PinVerifier::new(roots)?.into_config())
    .https_only(true)
    .build()?;
""",
    options=(
        VISIBILITY,
        OutputOption("http2", "whether to offer HTTP/2; false if reqwest is built without it", bool, default=True),
    ),
    limits=(
        "Not pinned: clients that were not built with this verifier, such as that of reqwest::get.",
        "Not pinned: builders on which `tls_backend_...` or `use_rustls_tls` is called later, which replace it.",
        Limit("Not pinned: hosts without an entry, to which a redirect may lead.", allows_unpinned),
        PROXY,
        REVOCATION,
    ),
    remarks=(
        "It needs reqwest 0.13 with a `rustls` feature, and the same rustls as reqwest. Otherwise no client is built.",
        *REMARKS,
    ),
)
