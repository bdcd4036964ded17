"""Reports of mismatches: to a callback and to `logging`, never to the connection itself."""

from __future__ import annotations

import _thread
import hashlib
import os
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pinsmith.certificate import Chain
    from pinsmith.pin import Pin
    from pinsmith.policy import HostPins, Policy
    from pinsmith.verdict import Mismatched

LOGGER_NAME: Final = "pinsmith"
_INTERVAL: Final = timedelta(hours=1)
_MAX_REMEMBERED: Final = 256  # distinct failures, and hosts
_MAX_LOGGED_PINS: Final = 8  # of each list: a rogue may present hundreds of certificates
_MAX_PER_HOST: Final = 16  # reports of one host in one interval: a rogue can make a new certificate for each connection


@dataclass(frozen=True, slots=True)
class MismatchEvent:
    """
    A host did not satisfy its pins: everything that a report of the failure needs.

    Attributes:
        time: Aware, UTC.
        host: The canonical host the connection was made to.
        port: Of the peer; None where the connection does not know it (asyncio, trio and other memory-BIO clients).
        entry: The policy's entry: its host, mode, known pins, expiry and report addresses. None if no entry covers the
            host, and it was refused for a compromised key.
        reason: Kebab-case, as in `pinsmith.verdict.Mismatched`.
        presented: The unverified certificates that the server sent, leaf first.
        verified: The verified chain, leaf first; None if there was none.
        suppressed:
            How many failures were counted but not reported since the last event: equal ones, and those of the host
            beyond the limit.
        enforced: Whether the connection was refused; False in report-only mode.
        policy:
            The policy that was in force, which shows which other hosts the same pins may refuse. None in the event of a
            log record, because handlers may keep records for long, and a policy may be large.
    """

    time: datetime
    host: str
    port: int | None
    entry: HostPins | None
    reason: str
    presented: Chain
    verified: Chain | None
    suppressed: int
    enforced: bool
    policy: Policy | None = field(default=None, repr=False, compare=False)

    @property
    def known_pins(self) -> tuple[Pin, ...]:
        """The pins of the entry."""
        return tuple(key.pin for key in self.entry.keys) if self.entry is not None else ()

    def to_json(self) -> str:
        """
        Describe the event as JSON on one line, the same for equal events.

        It contains pins but no certificates. `docs/clients` describes the fields. ``version`` is 1: a version may gain
        fields, but no field is renamed or removed.
        """
        import json  # only programs that ask for JSON pay for it

        document = {
            "version": 1,
            "time": f"{self.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "host": self.host,
            "port": self.port,
            "entry": self.entry.host if self.entry is not None else None,
            "reason": self.reason,
            "enforced": self.enforced,
            "known_pins": list(map(str, self.known_pins)),
            "presented_pins": _pins_of(self.presented),
            "verified_pins": _pins_of(self.verified) if self.verified is not None else None,
            "suppressed": self.suppressed,
        }
        return json.dumps(document)


class Reporter:
    """
    Reports each distinct failure once in *interval*, and at most `_MAX_PER_HOST` failures of one host.

    Failures are the same when host, port, mode, reason and presented keys are the same. Exceptions of the callback are
    logged and not raised. Safe to call from many threads, from signal handlers and after a fork; the callback runs in
    the thread of the connection.

    Args:
        callback: Called with a `MismatchEvent`; must return soon, because the connection waits.
        interval: Time during which an equal failure is only counted; an hour by default.
    """

    def __init__(
        self, callback: Callable[[MismatchEvent], None] | None = None, *, interval: timedelta = _INTERVAL
    ) -> None:
        self._callback = callback
        self._interval = interval
        # Per failure: when it was last reported, and how often it was only counted since.
        self._reported: OrderedDict[tuple[object, ...], tuple[datetime, int]] = OrderedDict()
        # Per host: when its interval began, how many failures were reported in it, and how many were too many.
        self._hosts: OrderedDict[str, tuple[datetime, int, int]] = OrderedDict()

    def tell(
        self,
        verdict: Mismatched,
        *,
        policy: Policy,
        time: datetime,
        port: int | None,
        presented: Chain,
        verified: Chain | None,
    ) -> None:
        """Pass *verdict* to the callback and the log, unless that happened lately. Never raises an `Exception`."""
        import logging

        logger = logging.getLogger(LOGGER_NAME)
        try:
            failure = (verdict.host, port, verdict.enforced, verdict.reason, _fingerprint(presented))
            suppressed = self._admit(verdict.host, failure, time)
            if suppressed is None:
                return
            event = MismatchEvent(
                time,
                verdict.host,
                port,
                verdict.entry,
                verdict.reason,
                presented,
                verified,
                suppressed,
                verdict.enforced,
            )
            logger.warning(
                "%s %s (%s); presented: %s; pinned: %s",
                verdict.host,
                verdict.why,
                "refused" if event.enforced else "report-only, let pass",
                _listed(_pins_of(presented)),
                _listed(event.known_pins),
                extra={"pinsmith": event},
            )
            if self._callback is not None:
                self._callback(replace(event, policy=policy))
        except Exception:
            with suppress(Exception):  # a handler of the program may fail, too
                logger.exception("reporting a pin mismatch failed")

    def log_unnamed(self, *, time: datetime, port: int | None) -> None:
        """Log that a connection without a host name passed without pins, once per port and interval."""
        import logging

        suppressed = self._admit("", ("unnamed", port), time)
        if suppressed is not None:
            with suppress(Exception):  # a handler of the program may fail
                logging.getLogger(LOGGER_NAME).warning(
                    "a connection without a host name passed without pins (port %s, %s more since the last message)",
                    "unknown" if port is None else port,
                    suppressed,
                )

    def _admit(self, host: str, failure: tuple[object, ...], time: datetime) -> int | None:
        """Return how many failures were suppressed before this one; None if this one must be suppressed too."""
        interval = self._interval
        with _lock:
            last, equal = self._reported.pop(failure, (None, 0))
            if last is not None and time - last < interval:
                self._reported[failure] = (last, equal + 1)
                return None
            began, reported, excess = self._hosts.pop(host, (time, 0, 0))
            if time - began >= interval:
                began, reported = time, 0
            if reported >= _MAX_PER_HOST:
                self._hosts[host] = (began, reported, excess + equal + 1)
                return None
            self._hosts[host] = (began, reported + 1, 0)
            self._reported[failure] = (time, 0)
            for remembered in (self._reported, self._hosts):
                if len(remembered) > _MAX_REMEMBERED:
                    remembered.popitem(last=False)
            return equal + excess


def _pins_of(chain: Chain) -> list[str | None]:
    """Return the pins of *chain*, leaf first; None for a certificate that cannot be read."""
    return [str(certificate.pin) if isinstance(certificate, Certificate) else None for certificate in chain]


def _listed(pins: Sequence[Pin | str | None]) -> str:
    """List the first *pins*, and count the others."""
    texts = [str(pin or "unreadable") for pin in pins[:_MAX_LOGGED_PINS]]
    more = len(pins) - len(texts)
    return ", ".join([*texts, *([f"{more} more"] if more else [])]) or "none"


def _fingerprint(chain: Chain) -> bytes:
    """Return 32 bytes that stand for the keys of *chain*; the server may send certificates of 100 kB."""
    digest = hashlib.sha256()
    for certificate in chain:
        if isinstance(certificate, Certificate):
            digest.update(certificate.pin.digest)
        else:
            digest.update(hashlib.sha256(certificate.der).digest())
    return digest.digest()


# One lock for every reporter: it is held for microseconds. Reentrant, because a signal handler that connects may
# interrupt its own thread while that holds the lock; new in a forked child, where its holder does not exist.
_lock = _thread.RLock()


def _renew_lock() -> None:
    global _lock  # noqa: PLW0603 - the process has one
    _lock = _thread.RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_lock)
