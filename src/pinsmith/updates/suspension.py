"""Suspensions: the pins of a host are only reported and not enforced, until a moment that is signed with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

from pinsmith.errors import HostError
from pinsmith.errors.updates import SuspensionError
from pinsmith.host import canonical_host
from pinsmith.verdict import suspended_pins

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.policy import HostPins, Policy

# The files that are signed together.
POLICY: Final = "policy.json"
SUSPENSIONS: Final = "suspensions.json"
MAX_DAYS: Final = 30
MAX_REASON_CHARACTERS: Final = 500


class Suspension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A time in which mismatches of a host are reported and not refused."""

    host: Annotated[str, Meta(description="The host of an entry of the policy, canonical.")]
    since: Annotated[datetime, Meta(tz=True, description="When it was decided; it is not in force before.")]
    until: Annotated[datetime, Meta(tz=True, description=f"When it ends, at most {MAX_DAYS} days later.")]
    reason: Annotated[
        str, Meta(min_length=1, max_length=MAX_REASON_CHARACTERS, description="The reason, which each client logs.")
    ]

    def __post_init__(self) -> None:
        try:
            is_canonical = canonical_host(self.host) == self.host
        except HostError:
            is_canonical = False
        if not is_canonical:
            raise SuspensionError(f"{self.host!r} is not a host")
        if not self.reason.isprintable() or not self.reason.strip():
            raise SuspensionError(f"the reason of the suspension of {self.host} is empty, or has control characters")
        if not timedelta() < self.until - self.since <= timedelta(days=MAX_DAYS):
            raise SuspensionError(
                f"the suspension of {self.host} would last from {_text(self.since)} to {_text(self.until)}",
                hint=f"let it end at most {MAX_DAYS} days after it begins; to go on, sign another one",
            )

    def is_in_force(self, now: datetime) -> bool:
        """Say whether it holds at *now*, which is aware. It holds from `since`, and no longer at `until`."""
        return self.since <= now < self.until


class SuspensionsDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All suspensions, also those that have ended."""

    suspensions: tuple[Suspension, ...]
    version: Literal[1] = 1


def parse_suspensions(content: bytes) -> tuple[Suspension, ...]:
    """
    Read the document.

    Raises:
        SuspensionError: If it cannot be read, a suspension is too long, or a host is suspended twice.
    """
    try:
        document = msgspec.json.decode(content, type=SuspensionsDocument)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        # msgspec wraps what `__post_init__` raises.
        if isinstance(error.__cause__, SuspensionError):
            raise error.__cause__ from None
        raise SuspensionError(f"the suspensions cannot be read: {error}") from error
    require_distinct(document.suspensions)
    return document.suspensions


def require_distinct(suspensions: Iterable[Suspension]) -> None:
    """
    Raise if a host is suspended twice, so that two short suspensions do not make a long one.

    Raises:
        SuspensionError: If it is.
    """
    seen: set[str] = set()
    for suspension in suspensions:
        if suspension.host in seen:
            raise SuspensionError(f"{suspension.host} is suspended twice")
        seen.add(suspension.host)


def write_suspensions(suspensions: Iterable[Suspension]) -> bytes:
    """Write the document, sorted by host."""
    document = SuspensionsDocument(tuple(sorted(suspensions, key=lambda suspension: suspension.host)))
    return msgspec.json.format(msgspec.json.encode(document)) + b"\n"


def applied(policy: Policy, suspensions: Iterable[Suspension], now: datetime) -> Policy:
    """
    Return *policy* with ``report-only`` for each host that is suspended at *now*. No other host changes.

    Compromised keys are refused all the same (see `pinsmith.verdict.suspended_pins`). An entry with
    ``trust = "pins-only"`` stays as it is: without its pins, any certificate would pass.
    """
    suspended = {suspension.host for suspension in suspensions if suspension.is_in_force(now)}
    if not any(is_suspendable(entry) for entry in policy if entry.host in suspended):
        return policy
    hosts = tuple(
        suspended_pins(entry) if entry.host in suspended and is_suspendable(entry) else entry for entry in policy
    )
    return replace(policy, hosts=hosts)


def is_suspendable(entry: HostPins) -> bool:
    """Say whether a suspension changes the entry."""
    return entry.mode == "enforce" and entry.trust != "pins-only"


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
