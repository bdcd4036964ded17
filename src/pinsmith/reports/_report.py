"""The report: what one client claims about one connection whose pins did not match."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from pinsmith.pin import Pin

Reason = Literal[
    "no-pinned-key",
    "chain-not-trusted",
    "certificate-dates",
    "wrong-name",
    "user-anchor",
    "client-error",
    "unknown",
]
"""Why the client refused: what it compared, or what failed before it compared any pin."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    r"""
    A report of a pinning failure, in whatever format it came.

    Nothing in it is verified. Anybody can send a report, so it is a hint and not a proof. Texts are at most 200
    characters long, and control, bidirectional and invisible characters in them are escapes such as ``\x1b``.

    Attributes:
        format: The id of the format that it was read from, such as ``trustkit-ios``.

        host: The host of the connection, canonical; None if the format does not name it, as a log line of Android.

        port: 1 to 65535; None if it is not known.

        noted_host: The host whose pins the client applied, canonical: *host* or a parent of it.

        reported_at: When the connection failed, by the clock of the client; aware, UTC.

        reason: Why the client refused.

        served_pins:
            The pins of the chain, leaf first, if the format gives pins instead of certificates. The client has hashed
            what it verified or what it received, depending on the format.

        known_pins: The pins that the client expected, without duplicates, in its order.

        served_chain: The certificates that the server sent, leaf first, as PEM or as base64 of DER; not decoded yet.

        validated_chain:
            The chain that the client verified, leaf first, trust anchor last, in the same encodings. TrustKit repeats
            the served chain here if it could not verify it.

        enforced: Whether the client refused the connection; False for report-only, None if the format does not show it.

        app_id: The bundle id or package name.

        app_version: The version of the app, as its maker writes it.

        platform: Lower case, such as ``ios`` or ``android``.

        platform_version: The version of the operating system.

        vendor_id: The id of the installation, as the client gives it. Personal data: hash it before you store it.

        remarks: What could not be read and was left out, in words, without text of the report.
    """

    format: str
    host: str | None
    port: int | None = None
    noted_host: str | None = None
    reported_at: datetime | None = None
    reason: Reason = "unknown"
    served_pins: tuple[Pin, ...] = ()
    known_pins: tuple[Pin, ...] = ()
    served_chain: tuple[str, ...] = ()
    validated_chain: tuple[str, ...] = ()
    enforced: bool | None = None
    app_id: str | None = None
    app_version: str | None = None
    platform: str | None = None
    platform_version: str | None = None
    vendor_id: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def chain(self) -> tuple[str, ...]:
        """The chain that says most: the validated one, or the served one if there is no other."""
        return self.validated_chain or self.served_chain
