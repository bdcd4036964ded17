"""Certificates of keys, and the key that signs: the material that an output needs besides the policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith import files
from pinsmith.errors import ExportError, LossError
from pinsmith.formats import loss
from pinsmith.sync.signing import read_signing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pinsmith.formats import Plan
    from pinsmith.policy import Key
    from pinsmith.sync.signing import Opener, Signing

_PLACEHOLDER: Final = "placeholder-in-service"
MAX_BYTES: Final = 1024 * 1024  # of a file of certificates or keys


@dataclass(frozen=True, slots=True)
class Material:
    """
    The material of one output.

    Attributes:
        certificates: DER, by the name of their key.
        signing: The key that signs; None if the output names none.
    """

    certificates: Mapping[str, bytes]
    signing: Signing | None


def read_material(plan: Plan, folder: Path, opener: Opener | None = None) -> Material:
    """
    Read the certificates of `Plan.certified`, and the key that the option ``signing-key`` names.

    Args:
        plan: The plan of the output.

        folder: The folder of the pin file, to which names of files are relative.

        opener: Opens a private key of which the option names only the public key.

    Raises:
        ExportError: If a file does not hold the certificate or key; it names the key.
        FileError: If a file cannot be read.
        LossError: If a key in service has only the certificate that it signed itself, without consent.
    """
    name, kind = plan.task.options.get("signing-key"), plan.target.signature
    signing = read_signing(str(name), folder, kind, opener) if name and kind else None
    certificates = {key.name: read_certificate(key, folder) for key in plan.certified}
    if not plan.target.can.compares_keys:
        for key in plan.certified:
            if not key.standby:
                _require_issued(key, certificates[key.name], plan)
    return Material(certificates, signing)


def read_certificate(key: Key, folder: Path) -> bytes:
    """
    Read the certificate of a key, as DER; its file may hold others too.

    Raises:
        ExportError: If the file holds no certificate of that key.
        FileError: If it cannot be read.
    """
    from pinsmith.material import read_material as read_all

    assert key.certificate is not None  # noqa: S101 - the framework refuses keys without
    content = files.read(folder / key.certificate, most_bytes=MAX_BYTES)
    found = [part.certificate for part in read_all(content) if part.certificate is not None]
    for certificate in found:
        if certificate.pin == key.pin:
            return certificate.der
    raise ExportError(
        f"{key.certificate} contains no certificate of the key {key.name}",
        details=[f"it contains: {certificate.pin}" for certificate in found],
    )


def _require_issued(key: Key, der: bytes, plan: Plan) -> None:
    """
    Raise if a key in service has only the certificate that was made for it, unless that is accepted.

    A server may present this certificate after all, in an emergency. Then it is the right one.
    """
    from pinsmith.certificate import Certificate
    from pinsmith.certificate.placeholder import is_placeholder

    if is_placeholder(Certificate(der)) and _PLACEHOLDER not in plan.accepted:
        message = (
            f"{key.certificate} was made for {key.name} when it was a standby key, and clients are locked out unless a "
            f"server presents exactly this certificate: give the key the certificate that is presented "
            f"(`pinsmith key certificate {key.name} FILE`), or write standby = true if it is still held in reserve"
        )
        raise LossError(plan.target.id, [loss(_PLACEHOLDER, None, message)])
