"""Rust: a verifier of servers that pins, for rustls and all that is built on it."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import RUST
from pinsmith.formats.code._target import code_format

CAN: Final = Can(addresses=True, subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True)
VISIBILITY: Final = OutputOption(
    "visibility", "who sees what is generated", default="pub", choices=("pub", "pub(crate)")
)
CRATES: Final = (
    "It needs Rust 1.82, rustls 0.23, rustls-webpki 0.103.3, base64 0.22 and sha2 0.10, or later ones that fit."
)
ROOTS: Final = (
    "`PinVerifier::new` takes the trust anchors, such as those of the crates webpki-roots or rustls-native-certs, or "
    "your own; empty stores are an error."
)
HOOK: Final = (
    "`on_mismatch` is told of each mismatch, those too that only report; who looks for the reason of a failed "
    "connection finds a `PinMismatchError` in the `CertificateError::Other` that rustls returns."
)
CHAINS: Final = (
    "All other checks are those of rustls's own verifier. Then webpki builds verified paths again, and one must hold "
    "a pinned key; what a server presents beyond such a path never counts."
)
RESUMED: Final = (
    "A resumed connection, for which rustls calls no verifier, belongs to a session that this same verifier let begin "
    "with a host of this name; other configurations do not share it."
)
REVOCATION: Final = "Revocation: no lists of revoked certificates are looked at."

FORMAT: Final = code_format(
    id="rust-rustls",
    title="Rust, rustls",
    spec="https://docs.rs/rustls/0.23/rustls/client/danger/trait.ServerCertVerifier.html",
    language=RUST,
    suffix=".rs",
    compromised="rustls-webpki 0.103.16 and later",
    can=CAN,
    options=(VISIBILITY,),
    limits=("Connections with another configuration than one with this verifier.", REVOCATION),
    remarks=(
        "`PinVerifier::new(roots)?.into_config()` is a ready `ClientConfig`, for all that is built on rustls.",
        "Set its `alpn_protocols` as the library wants them.",
        ROOTS, HOOK, CHAINS, RESUMED, CRATES,
    ),
)  # fmt: skip
