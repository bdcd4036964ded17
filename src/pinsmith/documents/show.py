"""The document of ``pinsmith show``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from pinsmith.certificate.link import attempt
from pinsmith.documents.certificate import compromised_out
from pinsmith.documents.document import ErrorOut, Versioned, error_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.errors import PinsmithError
    from pinsmith.material import Material


class ItemOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing with a pin. A field that does not apply or cannot be read is null."""

    kind: str
    pin: str
    algorithm: str
    subject: str | None
    issuer: str | None
    compromised: str | None
    names: list[str]
    not_before: str | None
    not_after: str | None
    certificate_sha256: str | None
    possession_proven: bool | None
    remarks: list[str]
    pem: str | None


class FileOut(msgspec.Struct, frozen=True, kw_only=True):
    """One file. ``error`` is there only if it could not be read."""

    file: str
    items: list[ItemOut]
    error: ErrorOut | UnsetType = UNSET


class ShowDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith show FILE --format json``."""

    files: list[FileOut]


def show_document(found: Mapping[str, list[Material] | PinsmithError]) -> ShowDocument:
    """Describe the content of files, by file name, or the error if one could not be read."""
    return ShowDocument(
        files=[
            FileOut(file=name, items=[_item(material) for material in read])
            if isinstance(read, list)
            else FileOut(file=name, items=[], error=error_out(read))
            for name, read in found.items()
        ]
    )


def _item(material: Material) -> ItemOut:
    certificate = material.certificate
    return ItemOut(
        kind=material.kind,
        pin=str(material.pin),
        algorithm=material.algorithm,
        subject=material.subject,
        issuer=attempt(lambda: certificate.issuer) if certificate else None,
        compromised=compromised_out(material.pin),
        names=list(material.names),
        not_before=attempt(lambda: f"{certificate.not_before:%Y-%m-%dT%H:%M:%SZ}") if certificate else None,
        not_after=attempt(lambda: f"{certificate.not_after:%Y-%m-%dT%H:%M:%SZ}") if certificate else None,
        certificate_sha256=certificate.sha256 if certificate else None,
        possession_proven=material.possession_proven,
        remarks=list(material.remarks),
        pem=certificate.pem if certificate else None,
    )
