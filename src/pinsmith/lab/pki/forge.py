"""Certificates that look as if an authority had issued them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from pinsmith.lab.pki import key as keys
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.pki.pss import certificate_padding

if TYPE_CHECKING:
    from pinsmith.lab.pki.authority import Authority


def forged_leaf(issuer: Authority, *names: str, key: keys.KeyKind | keys.PrivateKey = "ec-p256") -> Identity:
    """
    Make a leaf that claims to be issued by *issuer*, name and key identifier and all, but is signed with its own key.

    OpenSSL builds a chain from it to the root above *issuer*; only verification finds out. The chain presented is that
    of a genuine leaf.

    Args:
        issuer: Whose word is forged; its key is not used for the result.

        names: As in `Authority.issue`.

        key:
            A kind, or an existing private key, of the issuer's algorithm: OpenSSL puts no chain together in which the
            algorithm of a signature is not that of the issuer's key.
    """
    genuine = issuer.issue(*names, key=key)
    model = genuine.certificate
    builder = x509.CertificateBuilder(
        issuer_name=model.issuer,
        subject_name=model.subject,
        public_key=genuine.key.public_key(),
        serial_number=model.serial_number,
        not_valid_before=model.not_valid_before_utc,
        not_valid_after=model.not_valid_after_utc,
    )
    for extension in model.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    own = genuine.key
    forged = builder.sign(own, keys.signing_hash(own), rsa_padding=certificate_padding(own))
    return Identity(forged, own, genuine.issuers, genuine.root)
