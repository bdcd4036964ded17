"""The key by which reports are counted together."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from pinsmith.reports._report import Report

KEY_BYTES: Final = 16


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
    # The whole chain and not the leaf, because a forged chain below a genuine leaf must not hide genuine reports.
    chain = [body_of(certificate).encode("utf-8", "surrogatepass") for certificate in report.chain]
    # MessagePack writes the length of each part, so that no two lists of parts have the same bytes.
    parts = msgspec.msgpack.encode(
        (
            report.host,
            report.noted_host or report.host,
            report.port,
            report.app_id,
            report.reason,
            report.enforced,
            chain or [pin.digest for pin in report.served_pins],
            sorted(pin.digest for pin in report.known_pins),
        )
    )
    return hashlib.sha256(parts).digest()[:KEY_BYTES]


def body_of(certificate: str) -> str:
    """Return the base64 of a certificate in PEM, without its armour and line ends. Base64 alone stays as it is."""
    if "-" not in certificate and "\n" not in certificate and " " not in certificate:
        return certificate.strip()
    return "".join(part for part in certificate.split() if "-----" not in part)
