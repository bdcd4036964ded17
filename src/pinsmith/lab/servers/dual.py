"""A TLS server with two certificates, one of an RSA key and one of another kind, as many hosts have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa

from pinsmith.lab.servers.server import RecordingServer

if TYPE_CHECKING:
    import ssl

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.pki.lab_pki import LabPKI


class DualServer(RecordingServer):
    """
    Show one identity to clients that take either kind of key, and the other to those that take no other.

    TLS 1.2 alone if the preferred key is RSA: with TLS 1.3 OpenSSL prefers the other kind, and no public setting of
    `ssl` says otherwise (3.14).

    Source:
        :rfc:`8446#section-4.4.2.2`; OpenSSL's SSL_CTX_set_cipher_list(3) and SSL_CTX_set1_sigalgs(3)
    """

    def __init__(self, preferred: Identity, other: Identity) -> None:
        """
        Listen; ``with`` begins to serve.

        Args:
            preferred: Shown to clients that take both.

            other: Shown to the rest; exactly one of the two has an RSA key.
        """
        first = isinstance(preferred.key, rsa.RSAPrivateKey)
        if first == isinstance(other.key, rsa.RSAPrivateKey):
            raise ValueError("expected one RSA key and one of another kind")
        order = ("aRSA", "aECDSA") if first else ("aECDSA", "aRSA")

        def complete(context: ssl.SSLContext) -> None:
            other.load_into(context)
            context.set_ciphers(":".join(f"{kind}+ECDHE+AESGCM" for kind in order))

        super().__init__(preferred, tls="1.2" if first else "1.2+1.3", context_hook=complete)


def second_identity(pki: LabPKI) -> Identity:
    """Issue for the host of *pki* what it has besides: a fresh ECDSA key if its own is RSA, else a fresh RSA key."""
    kind: KeyKind = "ec-p256" if isinstance(pki.key, rsa.RSAPrivateKey) else "rsa-2048"
    return pki.rekeyed(kind)
