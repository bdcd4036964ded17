"""
The request and the certificate of a key whose private half may be anywhere: in a file, in a token, behind a command.

Both are verified before they are returned: the signature, and that the public key is that of the pin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.errors import PolicyError
from pinsmith.errors.custody import CustodyError
from pinsmith.host import canonical_host
from pinsmith.rotation.possession import require_key
from pinsmith.rotation.standby_key import certificate_of, request_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.custody.signer import Signer
    from pinsmith.policy import Key, Policy

MAX_NAMES: Final = 100  # of a certificate, as Let's Encrypt accepts them


def request_pem(key: Key, signer: Signer, hosts: Sequence[str]) -> bytes:
    """
    Make a certificate request, PEM.

    Args:
        key: The key of the pin file.

        signer: Its private key.

        hosts: Canonical; see `names_of`.

    Raises:
        CustodyError: If the key cannot sign, or signs something else.
        MaterialError: If *signer* is not the private key of *key*.

    Source:
        :rfc:`2986`
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    from pinsmith.custody.external_key import build
    from pinsmith.material import read_material

    require_key(key, signer)
    pem = build(request_of(hosts), signer).public_bytes(Encoding.PEM)
    (made,) = read_material(pem)
    if made.spki != signer.spki or not made.possession_proven:
        raise _other("request", key)
    return pem


def certificate_pem(key: Key, signer: Signer, hosts: Sequence[str], now: datetime) -> bytes:
    """
    Make a certificate that the key signs itself, PEM; see `pinsmith.rotation.standby_key.self_signed_pem`.

    Args:
        key: The key of the pin file.

        signer: Its private key.

        hosts: Canonical; see `names_of`.

        now: Aware; the day on which the certificate begins.

    Raises:
        CustodyError: If the key cannot sign, or signs something else.
        MaterialError: If *signer* is not the private key of *key*.
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    from pinsmith.certificate import Certificate
    from pinsmith.certificate.signature import is_signed_by
    from pinsmith.custody.external_key import build, public_key_of

    require_key(key, signer)
    made = build(certificate_of(public_key_of(signer), hosts, now), signer)
    certificate = Certificate(made.public_bytes(Encoding.DER))
    if certificate.spki != signer.spki or not is_signed_by(certificate, signer.spki):
        raise _other("certificate", key)
    return made.public_bytes(Encoding.PEM)


def names_of(policy: Policy, key: Key, given: Sequence[str]) -> list[str]:
    """
    Return the hosts that a request or certificate of a key names: those *given*, else all that pin the key.

    Raises:
        HostError: If one of *given* is not a host.
        PolicyError: If there is none, or there are too many for a certificate.
    """
    hosts = list(dict.fromkeys(map(canonical_host, given))) or [entry.host for entry in policy if key in entry.keys]
    if not hosts:
        raise PolicyError(
            f"no host uses the key {key.name}, so a certificate of it would name none",
            hint="name the hosts with --for HOST, or add the key to a host first",
        )
    require_room(hosts)
    return hosts


def require_room(hosts: Sequence[str]) -> None:
    """
    Raise if one certificate cannot name all *hosts*.

    Raises:
        PolicyError: If it cannot.
    """
    if len(hosts) > MAX_NAMES:
        raise PolicyError(
            f"the certificate request would name {len(hosts)} hosts, more than the {MAX_NAMES} that authorities put "
            "into one certificate",
            hint="name the hosts of the key with --for HOST",
        )


def obstacle(pem: bytes) -> str | None:
    """
    Say why public authorities refuse a request, as a sentence without a full stop; None if nothing is known against it.

    Args:
        pem: One that `request_pem` has made.

    Source:
        ``goodSignatureAlgorithms`` in csr/csr.go of https://github.com/letsencrypt/boulder
    """
    from cryptography import x509
    from cryptography.x509.oid import SignatureAlgorithmOID

    oid = x509.load_pem_x509_csr(pem).signature_algorithm_oid
    if oid == SignatureAlgorithmOID.RSASSA_PSS:
        return "the request is signed by RSA-PSS, which Let's Encrypt refuses; let the key sign by RSA PKCS#1 v1.5"
    if oid in (SignatureAlgorithmOID.ED25519, SignatureAlgorithmOID.ED448):
        return "the request is of an Edwards curve, and public authorities issue for RSA, P-256 and P-384 alone"
    return None


def _other(what: str, key: Key) -> CustodyError:
    return CustodyError(
        f"the {what} that was made is not one of {key.name}, so it was not written",
        hint="use the private key of that pin, and its public key as the server will present it",
    )
