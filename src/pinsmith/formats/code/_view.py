"""The values of a policy that templates use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinsmith.formats._format import Entry
    from pinsmith.policy import Key


class Text:
    """
    A text from outside. Templates write it with the filter ``literal`` or ``remark``; without one they fail.

    Attributes:
        value: The text as it came.
    """

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __str__(self) -> str:
        raise TypeError("a text was written into code without a filter")


@dataclass(frozen=True, slots=True)
class PinView:
    """
    A pin, as templates see it.

    Attributes:
        base64: Canonical, of 44 characters.
        sha256: The same, after ``sha256/``.
        hex: Lower case.
        name: Of the key.
        role: Of the key.
    """

    base64: str
    sha256: str
    hex: str
    name: Text
    role: str

    @classmethod
    def of_key(cls, key: Key) -> PinView:
        """Show the pin of a key."""
        return cls(key.pin.base64, str(key.pin), key.pin.hex, Text(key.name), key.role)


@dataclass(frozen=True, slots=True)
class HostView:
    """
    An entry, as templates see it.

    Attributes:
        name: The host.
        pins: Each distinct, in the order of the pin file; empty if it is exempt.
        include_subdomains: Whether it covers all hosts below, at any depth.
        exempt: Whether it is not pinned; nor, with `include_subdomains`, are the hosts below.
        report_only: Whether a mismatch is reported and the connection continues.
        expires: ``2027-06-30``, from 00:00 UTC of which the pins are not enforced; empty if they do not expire.
        expires_at: The same in seconds since 1970 UTC, or 0.
        report_uris: Where to report.
    """

    name: Text
    pins: tuple[PinView, ...]
    include_subdomains: bool
    exempt: bool
    report_only: bool
    expires: str
    expires_at: int
    report_uris: tuple[Text, ...]

    @property
    def labels(self) -> int:
        """The number of labels of the name. Sorted by it, the longest name comes first."""
        return self.name.value.count(".") + 1

    @classmethod
    def of_entry(cls, entry: Entry) -> HostView:
        """Show an entry."""
        distinct = {key.pin: key for key in reversed(entry.keys)}
        return cls(
            Text(entry.host),
            tuple(PinView.of_key(key) for key in entry.keys if distinct[key.pin] is key),
            entry.include_subdomains,
            entry.exempt,
            entry.report_only,
            entry.expires.isoformat() if entry.expires else "",
            _seconds(entry),
            tuple(Text(uri) for uri in entry.report_uris),
        )


def _seconds(entry: Entry) -> int:
    from datetime import UTC, datetime, time

    if entry.expires is None:
        return 0
    return int(datetime.combine(entry.expires, time(), UTC).timestamp())
