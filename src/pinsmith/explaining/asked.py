"""Explain one word: a pin, or a key or a host of the pin file."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from pinsmith.errors import HostError, PinFormatError
from pinsmith.explaining.host import explain_host
from pinsmith.explaining.key import explain_key
from pinsmith.explaining.pin import explain_pin
from pinsmith.pin import parse_any_spelling
from pinsmith.probe.target import parse_target

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.explaining.host import HostExplanation
    from pinsmith.explaining.key import KeyExplanation
    from pinsmith.explaining.pin import PinExplanation
    from pinsmith.explaining.records import Records
    from pinsmith.policy import HostPins, Policy

    Explanation = PinExplanation | HostExplanation | tuple[KeyExplanation, ...]

_PREFIXES = ("sha256/", "sha256//", "sha1/", "pin-sha256=")


def explain_word(word: str, records: Records, *, now: datetime) -> Explanation | None:
    """
    Explain the key of the pin file with the name *word*, else the host that the file covers, else the pin.

    Args:
        word: The name of a key, a host with or without a port, or a pin in any usual spelling.

        records: The pin file, and the files beside it.

        now: Aware.

    Returns:
        The keys of the pin file with that name or that pin, a host, or a pin that no key of the file has. None if
        *word* is none of them.

    Raises:
        PinFormatError: If *word* begins as a pin does and is none.
    """
    keys = [key for key in records.policy.keys if key.name == word]
    if not keys:
        if (found := _host(word, records.policy)) is not None:
            return explain_host(*found, records, now=now)
        try:
            pin = parse_any_spelling(word).pin
        except PinFormatError:
            if word.startswith(_PREFIXES):
                raise
            return None
        keys = [key for key in records.policy.keys if key.pin == pin]
        if not keys:
            return explain_pin(pin, today=now.astimezone(UTC).date())
    return tuple(explain_key(key, records, now=now) for key in keys)


def _host(word: str, policy: Policy) -> tuple[str, HostPins] | None:
    try:
        host = parse_target(word).host
    except HostError:
        return None
    entry = policy.find(host)
    return (host, entry) if entry is not None else None
