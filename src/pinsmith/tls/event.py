"""What happened on a connection, told to a callback and to `logging`, never to the connection itself."""

from __future__ import annotations

import _thread
from collections import OrderedDict

from pinsmith._dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta
    from typing import Final

    from pinsmith.certificate import Chain
    from pinsmith.pin import Pin
    from pinsmith.policy import HostPins
    from pinsmith.verdict import Mismatched

LOGGER_NAME: Final = "pinsmith"
_MOST_REMEMBERED: Final = 256  # distinct failures


@dataclass(frozen=True, slots=True)
class MismatchEvent:
    """
    A host did not satisfy its pins; everything a failure report needs.

    Attributes:
        time: Aware, UTC.
        host: The canonical host the connection was made to.
        port: Of the peer; None where the connection does not know it (asyncio, trio and other memory-BIO clients).
        entry: The policy's entry: its host, mode, known pins, expiry and report addresses. None if no entry covers the
            host, and it was refused for a compromised key.
        reason: Kebab-case, as in `pinsmith.verdict.Mismatched`.
        presented: What the server sent, leaf first; verified by nobody.
        verified: The verified chain, leaf first; None if there was none.
        suppressed: How many equal events were not told since the last one.
        enforced: Whether the connection was refused; False in report-only mode.
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

    @property
    def known_pins(self) -> tuple[Pin, ...]:
        """The pins of the entry."""
        return tuple(key.pin for key in self.entry.keys) if self.entry is not None else ()


class Reporter:
    """
    Tells each distinct failure once in *interval*.

    Failures are the same when host, port, mode, reason and presented keys are. What the callback raises is logged and
    goes no further. Safe to call from many threads; the callback runs in the thread of the connection.

    Args:
        callback: Called with a `MismatchEvent`; must return soon, the connection waits.
        interval: Time during which an equal failure is only counted; an hour by default.
    """

    def __init__(
        self, callback: Callable[[MismatchEvent], None] | None = None, *, interval: timedelta | None = None
    ) -> None:
        self._callback = callback
        self._interval = interval
        self._lock = _thread.allocate_lock()
        self._told: OrderedDict[tuple[object, ...], tuple[datetime, int]] = OrderedDict()

    def tell(
        self, verdict: Mismatched, *, time: datetime, port: int | None, presented: Chain, verified: Chain | None
    ) -> None:
        """Tell the callback and the log of *verdict*, unless told lately. Never raises an `Exception`."""
        import logging

        logger = logging.getLogger(LOGGER_NAME)
        try:
            suppressed = self._admit(verdict, time, port, presented)
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
                "%s %s (%s)",
                verdict.host,
                verdict.why,
                "refused" if event.enforced else "report-only, let pass",
                extra={"pinsmith": event},
            )
            if self._callback is not None:
                self._callback(event)
        except Exception:
            logger.exception("reporting a pin mismatch failed")

    def _admit(self, verdict: Mismatched, time: datetime, port: int | None, presented: Chain) -> int | None:
        from datetime import timedelta

        interval = timedelta(hours=1) if self._interval is None else self._interval
        key = (verdict.host, port, verdict.enforced, verdict.reason, tuple(presented.summary()))
        with self._lock:
            last, suppressed = self._told.pop(key, (None, 0))
            if last is not None and time - last < interval:
                self._told[key] = (last, suppressed + 1)
                return None
            self._told[key] = (time, 0)
            if len(self._told) > _MOST_REMEMBERED:
                self._told.popitem(last=False)
            return suppressed
