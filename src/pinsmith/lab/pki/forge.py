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
    Make a leaf with the name and the key identifier of *issuer*, which is signed with its own key.

    OpenSSL builds a chain from it to the root above *issuer*, and only verification detects that. The presented chain
    is that of a genuine leaf.

    Args:
        issuer: The authority that is forged. Its key is not used for the result.

        names: As in `Authority.issue`.

        key:
            A type, or an existing private key, with the algorithm of the issuer. OpenSSL does not build a chain if the
            algorithm of a signature differs from that of the issuer's key.
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
