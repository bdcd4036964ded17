"""A TLS server with two certificates, one with an RSA key and one with another type, like many hosts."""

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
    Present one identity to clients that support both types of key, and the other to all others.

    It speaks only TLS 1.2 if the preferred key is RSA, because with TLS 1.3 OpenSSL prefers the other type, and `ssl`
    has no public setting for that (3.14).

    Source:
        :rfc:`8446#section-4.4.2.2`; OpenSSL's SSL_CTX_set_cipher_list(3) and SSL_CTX_set1_sigalgs(3)
    """

    def __init__(self, preferred: Identity, other: Identity) -> None:
        """
        Listen; ``with`` begins to serve.

        Args:
            preferred: Presented to clients that support both.

            other: Presented to all others. Exactly one of the two must have an RSA key.
        """
        first = isinstance(preferred.key, rsa.RSAPrivateKey)
        if first == isinstance(other.key, rsa.RSAPrivateKey):
            raise ValueError("expected one RSA key and one of another type")
        order = ("aRSA", "aECDSA") if first else ("aECDSA", "aRSA")

        def complete(context: ssl.SSLContext) -> None:
            other.load_into(context)
            context.set_ciphers(":".join(f"{kind}+ECDHE+AESGCM" for kind in order))

        super().__init__(preferred, tls="1.2" if first else "1.2+1.3", context_hook=complete)


def second_identity(pki: LabPKI) -> Identity:
    """Issue a second identity for the host of *pki*, with a new ECDSA key if its own is RSA, else a new RSA key."""
    kind: KeyKind = "ec-p256" if isinstance(pki.key, rsa.RSAPrivateKey) else "rsa-2048"
    return pki.rekeyed(kind)
