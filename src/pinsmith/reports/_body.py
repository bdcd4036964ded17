"""Bodies of reports about a `pinsmith.tls.event.MismatchEvent`."""

from __future__ import annotations

import base64
import json
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from pinsmith.certificate import Certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinsmith.certificate import Chain
    from pinsmith.policy import HostPins
    from pinsmith.tls.event import MismatchEvent

CONTENT_TYPE: Final = "application/json; charset=utf-8"
# Below the limits of the intake (`pinsmith.reports.MAX_BODY_BYTES`, `_build.MAX_CERTIFICATES`, `MAX_PINS`).
_MAX_BYTES: Final = 200 * 1024
_MAX_CERTIFICATES: Final = 16
_MAX_PINS: Final = 128
# From the reasons of a verdict to those of a report. The others are not about a chain that lacks the pinned keys.
_REASONS: Final = {
    "no-pinned-key": "no-pinned-key",
    "no-verified-chain": "chain-not-trusted",
    "wrong-trust-anchor": "chain-not-trusted",
    "host-name-not-checked": "wrong-name",
    "wrong-host-name": "wrong-name",
}


def event_body(event: MismatchEvent, app: Mapping[str, str | None]) -> bytes:
    """
    Write pinsmith's event (`pinsmith.reports.event`).

    Args:
        event: The mismatch; it has an entry.

        app: ``app-id``, ``app-version`` and ``platform``; those that are None are left out.
    """
    # The pins count where the certificates are left out.
    chain = event.verified if event.verified is not None else event.presented
    served = [link.pin for link in chain.certificates[:_MAX_CERTIFICATES] if isinstance(link, Certificate)]
    document = {
        "pinsmith-event": 1,
        "host": event.host,
        "port": event.port,
        "noted-host": _entry(event).host,
        "time": _time(event),
        "reason": _REASONS.get(event.reason, "unknown"),
        "enforced": event.enforced,
        "known-pins": [str(pin) for pin in event.known_pins[:_MAX_PINS]],
        "served-pins": [str(pin) for pin in served],
        "served-chain": _chain(event.presented, _base64),
        "validated-chain": _chain(event.verified, _base64),
        **app,
    }
    return _bounded({name: value for name, value in document.items() if value is not None}, "served-chain")


def rfc7469_body(event: MismatchEvent, app: Mapping[str, str | None]) -> bytes:
    """
    Write a report of RFC 7469. It names neither the app nor the reason, nor whether the connection was refused.

    The expiry and the port are left out if they are not known.

    Source:
        :rfc:`7469#section-3`
    """
    del app
    entry = _entry(event)
    document = {
        "date-time": _time(event),
        "hostname": event.host,
        "port": event.port,
        "effective-expiration-date": f"{entry.expires}T00:00:00Z" if entry.expires is not None else None,
        "include-subdomains": entry.include_subdomains,
        "noted-hostname": entry.host,
        "served-certificate-chain": _chain(event.presented, _pem),
        "validated-certificate-chain": _chain(event.verified, _pem) or [],
        "known-pins": [f'pin-sha256="{pin.base64}"' for pin in event.known_pins[:_MAX_PINS]],
    }
    return _bounded({name: value for name, value in document.items() if value is not None}, "served-certificate-chain")


BODIES: Final[dict[str, Callable[[MismatchEvent, Mapping[str, str | None]], bytes]]] = {
    "event": event_body,
    "rfc7469": rfc7469_body,
}


def _entry(event: MismatchEvent) -> HostPins:
    if event.entry is None:
        raise ValueError("the event has no entry, so nobody wants its report")
    return event.entry


def _time(event: MismatchEvent) -> str:
    return f"{event.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _chain(chain: Chain | None, write: Callable[[bytes], str]) -> list[str] | None:
    return [write(link.der) for link in chain.certificates[:_MAX_CERTIFICATES]] if chain is not None else None


def _base64(der: bytes) -> str:
    return base64.b64encode(der).decode()


def _pem(der: bytes) -> str:
    import ssl

    return ssl.DER_cert_to_PEM_cert(der)


def _bounded(document: dict[str, Any], served: str) -> bytes:
    """Write JSON; without the certificates that a rogue chose, and then without any, if it is too large."""
    for left_out in ((), (served,), (served, served.replace("served", "validated"))):
        body = json.dumps({name: value for name, value in document.items() if name not in left_out}).encode()
        if len(body) <= _MAX_BYTES:
            break
    return body
