"""Rust: a verifier of servers that pins, for rustls and all that is built on it."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import RUST
from pinsmith.formats.code._target import code_format

CAN: Final = Can(addresses=True, subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True)
VISIBILITY: Final = OutputOption(
    "visibility", "the visibility of the types", default="pub", choices=("pub", "pub(crate)")
)
REVOCATION: Final = "Lists of revoked certificates are not checked."
REMARKS: Final = (
    "It needs Rust 1.82, rustls 0.23, rustls-webpki 0.103.3, base64 0.22 and sha2 0.10, or newer compatible versions.",
    (
        "`PinVerifier::new` takes your trust anchors, such as those of the crate webpki-roots or rustls-native-certs."
        " An empty store is an error."
    ),
    "`PinVerifier::on_mismatch` sets what is called for every mismatch, also of report-only hosts.",
    (
        "A refused connection fails with `CertificateError::Other`, which holds a `PinMismatchError` with the presented"
        " and the pinned keys."
    ),
    (
        "All other checks are those of rustls. A pinned key counts if it is in a verified path to a trust anchor. Other"
        " certificates that the server presents do not count."
    ),
    (
        "rustls does not call a verifier when it resumes a session. It resumes only sessions that this verifier has"
        " accepted for the same name. Other configurations do not share them."
    ),
)

FORMAT: Final = code_format(
    id="rust-rustls",
    title="Rust, rustls",
    spec="https://docs.rs/rustls/0.23/rustls/client/danger/trait.ServerCertVerifier.html",
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
let mut config = pins::PinVerifier::new(roots)?
    .on_mismatch(|mismatch| eprintln!("{mismatch}"))
    .into_config(); // for everything that takes a rustls::ClientConfig
config.alpn_protocols = vec!["http/1.1".into()]; // what your protocol needs
let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
""",
    options=(VISIBILITY,),
    limits=("Not pinned: connections whose configuration does not use this verifier.", REVOCATION),
    remarks=REMARKS,
)
