"""Reports of HTTP Public Key Pinning, which libraries still send although browsers stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.reports._build import Raw, report
from pinsmith.reports._format import BodyFormat
from pinsmith.reports._json import decode

if TYPE_CHECKING:
    from pinsmith.reports._report import Report

_SIGNS: Final = (b'"known-pins"', b'"served-certificate-chain"', b'"validated-certificate-chain"')


class HpkpBody(msgspec.Struct, rename="kebab"):
    """The fields of the RFC. Real senders leave out many, and write null or numbers as text."""

    hostname: str
    port: int | None = None
    date_time: Raw = None
    noted_hostname: str | None = None
    served_certificate_chain: list[str] | None = None
    validated_certificate_chain: list[str] | None = None
    known_pins: list[str] | None = None


_DECODER: Final = msgspec.json.Decoder(HpkpBody, strict=False)


def _recognises(content: bytes) -> bool:
    return any(sign in content for sign in _SIGNS)


def _read(content: bytes) -> Report:
    body = decode(_DECODER, content)
    return report(
        FORMAT.id,
        body.hostname,
        port=body.port,
        noted_host=body.noted_hostname,
        time=body.date_time,
        # The RFC sends reports of pin validation only, and does not say whether the connection went on.
        reason="no-pinned-key",
        served_chain=body.served_certificate_chain,
        validated_chain=body.validated_certificate_chain,
        known_pins=body.known_pins,
    )


FORMAT: Final = BodyFormat(
    id="rfc7469",
    title="HTTP Public Key Pinning (RFC 7469)",
    spec="https://www.rfc-editor.org/rfc/rfc7469#section-3",
    recognises=_recognises,
    read=_read,
)
