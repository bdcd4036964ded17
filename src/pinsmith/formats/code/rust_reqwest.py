"""Rust: a builder of reqwest clients that pin."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import OutputOption
from pinsmith.formats.code._language import RUST
from pinsmith.formats.code._target import code_format
from pinsmith.formats.code.rust_rustls import CAN, CHAINS, CRATES, HOOK, RESUMED, REVOCATION, ROOTS, VISIBILITY

FORMAT: Final = code_format(
    id="rust-reqwest",
    title="Rust, reqwest",
    spec="https://docs.rs/reqwest/0.13/reqwest/struct.ClientBuilder.html#method.tls_backend_preconfigured",
    language=RUST,
    suffix=".rs",
    compromised="rustls-webpki 0.103.16 and later",
    can=CAN,
    options=(
        VISIBILITY,
        OutputOption("http2", "whether HTTP/2 is offered; false if reqwest is built without it", bool, default=True),
    ),
    limits=(
        "Clients that are not built of this, such as those of reqwest::get.",
        "Builders whose TLS is chosen again: `use_rustls_tls` and `tls_backend_...` replace the verifier.",
        "Hosts without pins, to which a redirect may lead.",
        REVOCATION,
    ),
    remarks=(
        "`PinVerifier::new(roots)?.into_client_builder().build()?` is a ready client; it takes no plain HTTP.",
        "Of a blocking client, `tls_backend_preconfigured` takes what `into_config()` returns.",
        "With `require-pins`, a proxy that is reached by TLS needs an entry of its own.",
        "It needs a `rustls` feature of reqwest 0.13, and the rustls of reqwest; with another, no client is built.",
        ROOTS, HOOK, CHAINS, RESUMED, CRATES,
    ),
)  # fmt: skip
