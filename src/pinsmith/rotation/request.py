"""
The certificate request of a key that a host pins.

No socket, no file, no clock: the request, the releases and the time are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.errors import MaterialError, PolicyError
from pinsmith.material import read_material

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.policy import Key, Policy
    from pinsmith.release import Release


@dataclass(frozen=True, slots=True)
class Request:
    """
    A request for a certificate of a pinned key.

    Attributes:
        host: Canonical; one of its names.
        key: The key of the pin file that signed it.
        pem: The request, PEM.
    """

    host: str
    key: Key
    pem: bytes


def read_request(policy: Policy, host: str, content: bytes) -> Request:
    """
    Read a request, and find its key among the pins of a host.

    Args:
        policy: The pins.

        host: Canonical.

        content: The whole of a file with one request, PEM or DER.

    Raises:
        PolicyError: If *host* is not pinned.
        MaterialError: If *content* is not one request, does not name *host*, is of a key that *host* does not pin, or
            has a signature of another key.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    entry = policy.find(host)
    if entry is None or entry.mode == "off":
        raise PolicyError(f"{host} is not pinned", hint=f"pin it with `pinsmith add {host}`")
    found = read_material(content)
    if [material.kind for material in found] != ["certificate-request"]:
        kinds = ", ".join(material.kind.replace("-", " ") for material in found)
        raise MaterialError(f"expected one certificate request, got {kinds}", hint="pass the request of the key")
    (material,) = found
    if not material.possession_proven:
        raise MaterialError("the signature of the request is not that of its key", hint="make the request again")
    if host not in material.names:
        names = ", ".join(material.names) or "no host"
        raise MaterialError(f"the request is not for {host}: it names {names}", hint=f"make a request for {host}")
    key = next((key for key in entry.keys if key.pin == material.pin), None)
    if key is None:
        raise MaterialError(
            f"the request is of a key that {host} does not pin, {material.pin}",
            hint=f"pin it, and ship it to users, before you order: `pinsmith add {host} --backup FILE`",
        )
    load = x509.load_pem_x509_csr if b"-----BEGIN" in content else x509.load_der_x509_csr
    return Request(host, key, load(content).public_bytes(Encoding.PEM))


def lacking(releases: Sequence[Release], request: Request, now: datetime) -> list[Release]:
    """
    List the releases that at *now*, which is aware, enforce pins for the host of *request*, and not that of its key.

    They may pin an authority of the certificate all the same; that is known only when there is a certificate.
    """
    covering = ((release, release.enforced(request.host, now)) for release in releases)
    return [release for release, entry in covering if entry and request.key.pin not in entry.pins.values()]
