"""From what a client wrote to the values of a report: bounded, canonical, and safe to print."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from pinsmith._clean import clean
from pinsmith._port import is_port
from pinsmith.errors import HostError, PinFormatError, ReportError
from pinsmith.host import dialled_host
from pinsmith.pin import parse_any_spelling
from pinsmith.reports._report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.pin import Pin
    from pinsmith.reports._report import Reason

MAX_TEXT: Final = 200  # characters of a version, an app id, a platform
MAX_CERTIFICATES: Final = 16  # of a chain; real ones have two to five
MAX_PINS: Final = 128  # a policy that pins the roots of several authorities has thirty

_MAX_PIN: Final = 200  # characters; the longest spelling has 95
_HEAD: Final = re.compile(r"\s*\d{4}-\d\d-\d\d[T ]\d")
_MILLISECONDS: Final = 10**11  # seconds would be the year 5138
Raw = str | int | float | None


def report(
    format_id: str,
    host: str | None,
    *,
    port: int | None = None,
    noted_host: str | None = None,
    time: Raw = None,
    reason: Reason = "unknown",
    served_pins: Sequence[str] | None = None,
    known_pins: Sequence[str] | None = None,
    served_chain: Sequence[str] | None = None,
    validated_chain: Sequence[str] | None = None,
    enforced: bool | None = None,
    app_id: Raw = None,
    app_version: Raw = None,
    platform: Raw = None,
    platform_version: Raw = None,
    vendor_id: Raw = None,
) -> Report:
    """
    Make a report of what a client wrote.

    Raises:
        ReportError: If *host* is given and is not a host, or a list has too many members.
    """
    remarks: list[str] = []
    return Report(
        format=format_id,
        host=None if host is None else _host(host),
        port=_port(port, remarks),
        noted_host=_noted(noted_host, remarks),
        reported_at=_time(time, remarks),
        reason=reason,
        served_pins=_pins(served_pins, "served", remarks),
        known_pins=_distinct(_pins(known_pins, "known", remarks)),
        served_chain=_chain(served_chain),
        validated_chain=_chain(validated_chain),
        enforced=enforced,
        app_id=_text(app_id),
        app_version=_text(app_version),
        platform=(_text(platform) or "").lower() or None,
        platform_version=_text(platform_version),
        vendor_id=_text(vendor_id),
        remarks=tuple(remarks),
    )


def anonymous(body: bytes, vendor_id: str, substitute: str) -> bytes:
    """
    Replace the id of an installation in a body.

    Args:
        body: JSON that was read before.

        vendor_id: As in `Report.vendor_id`, which may be shorter than in the body, or written otherwise.

        substitute: ASCII without quotes.
    """
    given = vendor_id.encode()
    if body.count(b'"' + given + b'"') and not body.replace(given, b"").count(b"\\u"):
        return body.replace(given, substitute.encode())

    def replaced(value: object) -> object:
        if isinstance(value, str):
            return substitute if _text(value) == vendor_id else value
        if isinstance(value, list):
            return [replaced(member) for member in value]
        if isinstance(value, dict):
            return {name: replaced(member) for name, member in value.items()}
        return value

    return msgspec.json.encode(replaced(msgspec.json.decode(body)))


def host_of_url(url: str) -> tuple[str, int | None]:
    """
    Return host and port of a URL.

    Raises:
        ReportError: If it has none.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host:
        raise ReportError("its URL has no host", hint="send the URL of the request that failed")
    return host, port or (443 if parts.scheme == "https" else None)


def _host(name: str) -> str:
    try:
        return dialled_host(name)
    except HostError:
        raise ReportError(
            "its host is not a host name or IP address", hint="send the host alone, without scheme, port and path"
        ) from None


def _noted(name: str | None, remarks: list[str]) -> str | None:
    if not name:
        return None
    try:
        return dialled_host(re.sub(r"^\*\*?\.", "", name))
    except HostError:
        remarks.append("the noted host is not a host name")
        return None


def _port(port: int | None, remarks: list[str]) -> int | None:
    # Both TrustKits write 0 for a port that they do not know.
    if port and not is_port(port):
        remarks.append("the port is not valid")
    return port if port and is_port(port) else None


def _text(value: Raw) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= MAX_TEXT:
        return value.strip() or None  # as nearly all are
    return clean(str(value)[:MAX_TEXT])[:MAX_TEXT].strip() or None


def _chain(certificates: Sequence[str] | None) -> tuple[str, ...]:
    if certificates and len(certificates) > MAX_CERTIFICATES:
        raise ReportError(
            f"its chain has {len(certificates)} certificates, but at most {MAX_CERTIFICATES} are read",
            hint="send the chain of one connection",
        )
    return tuple(certificates or ())


def _pins(texts: Sequence[str] | None, which: str, remarks: list[str]) -> tuple[Pin, ...]:
    if not texts:
        return ()
    if len(texts) > MAX_PINS:
        raise ReportError(
            f"it has {len(texts)} {which} pins, but at most {MAX_PINS} are read", hint="send the pins of one host"
        )
    found = _read_pins(tuple(texts)) if max(map(len, texts)) <= _MAX_PIN else _read_each(texts)
    if len(found) < len(texts):
        remarks.append(f"{len(texts) - len(found)} of {len(texts)} {which} pins are not SHA-256 pins")
    return found


@functools.lru_cache(maxsize=256)  # apps send the same few pins in every report
def _read_pins(texts: tuple[str, ...]) -> tuple[Pin, ...]:
    return _read_each(texts)


def _distinct(pins: tuple[Pin, ...]) -> tuple[Pin, ...]:
    return pins if len(pins) <= 1 else tuple(dict.fromkeys(pins))


def _read_each(texts: Sequence[str]) -> tuple[Pin, ...]:
    pins = (_pin(text) for text in texts if len(text) <= _MAX_PIN)
    return tuple(pin for pin in pins if pin is not None)


def _pin(text: str) -> Pin | None:
    try:
        # The RFC demands quotes, and some senders leave them out or use single ones.
        return parse_any_spelling(text.strip().replace("'", '"')).pin
    except PinFormatError:
        return None


def _time(value: Raw, remarks: list[str]) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        moment = _moment(value)
        has_zone = moment.tzinfo is not None
        moment = moment.astimezone(UTC) if has_zone else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        remarks.append("the time cannot be read")
        return None
    if not has_zone:
        remarks.append("the time has no zone, so UTC is assumed")
    return moment


def _moment(value: str | float) -> datetime:
    if isinstance(value, str):
        if len(value) > MAX_TEXT or not _HEAD.match(value):
            raise ValueError(value)
        # Apple's formatter may put a narrow no-break space before the marker of a twelve-hour clock; that is refused.
        return datetime.fromisoformat(value.strip())
    return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS else value, UTC)
