"""Client certificates are loaded once and shown to pinned servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from tests.tls.attack import ask
from tests.tls.pki import policy_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tls.conftest import MakeContext, Serve
    from tests.tls.pki import PKI


def test_a_password_is_asked_for_once(context: MakeContext, serve: Serve, pki: PKI, tmp_path: Path) -> None:
    """The certificate serves verified and pins-only hosts, and its password is asked for only once."""
    identity = pki.root.issue("client.example.com")
    certificate, key = tmp_path / "client.pem", tmp_path / "client-test-only.key"
    certificate.write_text(identity.presented_pem(), "ascii")
    key.write_bytes(identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"once")))
    asked: list[str] = []

    def password() -> str:
        asked.append("password")
        return "once"

    for trust in ("verified", "pins-only"):
        pinned = context(policy_of(pki.leaf, trust=trust))
        asked.clear()
        pinned.load_cert_chain(certificate, key, password)
        assert asked == ["password"]
        server = serve(pki.leaf, client_ca=pki.root)
        assert ask(server, pinned)
        (connection,) = server.settled()
        assert connection.client_certificate == identity.certificate
