"""
Network Error Logging: reports of browsers about certificates, one object of an ``application/reports+json`` array.

They have no certificates and no pins. Reports of other types, and errors that are not about certificates, are skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.reports._build import host_of_url, report
from pinsmith.reports._format import BodyFormat
from pinsmith.reports._json import decode

if TYPE_CHECKING:
    from pinsmith.reports._report import Reason, Report

_REASONS: Final[dict[str, Reason]] = {
    "tls.cert.pinned_key_not_in_cert_chain": "no-pinned-key",
    "tls.cert.authority_invalid": "chain-not-trusted",
    "tls.cert.date_invalid": "certificate-dates",
    "tls.cert.invalid": "chain-not-trusted",
    "tls.cert.name_invalid": "wrong-name",
    "tls.cert.revoked": "chain-not-trusted",
}


class _Error(msgspec.Struct):
    type: str = ""


class _Body(msgspec.Struct):
    type: str = ""
    url: str = ""
    body: msgspec.Raw = msgspec.Raw(b"{}")


_DECODER: Final = msgspec.json.Decoder(_Body)
_ERROR: Final = msgspec.json.Decoder(_Error)


def _recognises(content: bytes) -> bool:
    return b'"body"' in content and b'"url"' in content


def _read(content: bytes) -> Report | None:
    body = decode(_DECODER, content)
    if body.type != "network-error":
        return None
    reason = _REASONS.get(decode(_ERROR, bytes(body.body)).type)
    if reason is None:
        return None
    host, port = host_of_url(body.url)
    return report(FORMAT.id, host, port=port, reason=reason, enforced=True, platform="browser")


FORMAT: Final = BodyFormat(
    id="nel",
    title="Network Error Logging",
    spec="https://www.w3.org/TR/network-error-logging/#generate-a-network-error-report",
    recognises=_recognises,
    read=_read,
)
