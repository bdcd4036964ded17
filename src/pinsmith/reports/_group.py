"""The key by which reports are counted together."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pinsmith.reports._report import Report

KEY_BYTES: Final = 16

_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_END: Final = "-----END CERTIFICATE-----"


def group_key(report: Report) -> bytes:
    """
    Return the key of the group to which *report* belongs.

    Reports are together if they concern the same host, chain and expected pins, in the same app, for the same reason,
    whatever format they came in and however their PEM is wrapped. Versions of the app and of the platform, the time and
    the id of the installation take no part: they are counted inside the group. No certificate is parsed. A format with
    pins instead of certificates has groups of its own.

    Returns:
        `KEY_BYTES` bytes.
    """
    texts = (
        report.host or "",
        report.noted_host or report.host or "",
        str(report.port or ""),
        report.app_id or "",
        report.reason,
        str(report.enforced),
    )
    # The whole chain and not the leaf, because a forged chain below a genuine leaf must not hide genuine reports.
    served = [body_of(certificate) for certificate in report.chain] or [pin.hex for pin in report.served_pins]
    lists = (texts, served, sorted(pin.hex for pin in report.known_pins))
    # With the lengths of all parts, so that no two groups have the same text.
    whole = "\n".join(f"{len(part)} {part}" for parts in lists for part in (str(len(parts)), *parts))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).digest()[:KEY_BYTES]


def body_of(certificate: str) -> str:
    """Return the base64 of a certificate in PEM, without its armour and line ends. Base64 alone stays as it is."""
    return "".join(certificate.replace(_BEGIN, "").replace(_END, "").split())
