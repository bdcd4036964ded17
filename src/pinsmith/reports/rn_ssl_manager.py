"""
Reports of react-native-ssl-manager: what it posts to ``reportUris``, and the event that it gives to JavaScript.

The first has names like those of RFC 7469, the second ``host``, ``servedPins`` and ``timestamp`` in milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.reports._build import Raw, report
from pinsmith.reports._format import BodyFormat
from pinsmith.reports._json import decode

if TYPE_CHECKING:
    from pinsmith.reports._report import Report


class _Body(msgspec.Struct, rename="kebab"):
    hostname: str
    enforced: bool | None = None
    known_pins: list[str] | None = None
    served_pins: list[str] | None = None
    date_time: Raw = None


class _Event(msgspec.Struct, rename="camel"):
    host: str
    enforced: bool | None = None
    served_pins: list[str] | None = None
    timestamp: Raw = None


_BODY: Final = msgspec.json.Decoder(_Body, strict=False)
_EVENT: Final = msgspec.json.Decoder(_Event, strict=False)


def _recognises(content: bytes) -> bool:
    return b'"served-pins"' in content or b'"servedPins"' in content


def _read(content: bytes) -> Report:
    if b'"servedPins"' in content:
        event = decode(_EVENT, content)
        return report(
            FORMAT.id,
            event.host,
            time=event.timestamp,
            reason="no-pinned-key",
            served_pins=event.served_pins,
            enforced=event.enforced,
        )
    body = decode(_BODY, content)
    return report(
        FORMAT.id,
        body.hostname,
        time=body.date_time,
        reason="no-pinned-key",
        served_pins=body.served_pins,
        known_pins=body.known_pins,
        enforced=body.enforced,
    )


FORMAT: Final = BodyFormat(
    id="rn-ssl-manager",
    title="react-native-ssl-manager",
    spec="https://github.com/huytdps13400/react-native-ssl-manager/blob/main/android/src/main/java/com/usesslpinning/"
    "PinningFailureReporter.kt",
    recognises=_recognises,
    read=_read,
)
