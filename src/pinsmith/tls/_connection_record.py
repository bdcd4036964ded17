"""What is known of one connection from its creation on, and what became of it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from pinsmith.errors import EnforcementError

if TYPE_CHECKING:
    from pinsmith.certificate import Chain
    from pinsmith.policy import Policy
    from pinsmith.tls.session import PinnedSession


class ConnectionRecord:
    """
    What is known of one connection from its creation on.

    Attributes:
        host: Canonical; None if the client named no server, or none that is a host.
        bad_name: What the client named, if that is not a host.
        was_found: Created before `pinsmith.inject`, so that nobody saw how.
        verifies: Created with ``CERT_REQUIRED``.
        checks_host_name: Created with the host-name check on.
        pins_only: Created without verification because its entry says ``trust = "pins-only"``.
        session: The session that was offered for resumption.
        policy: The policy it was judged by; None before.
        chain: The chain it was judged by; None before.
        passed: Whether it was judged, and may go on.
        refusal: Why it was refused; nothing may pass any more.
    """

    __slots__ = (
        *("bad_name", "chain", "checks_host_name", "host", "passed", "pins_only", "policy", "refusal", "session"),
        *("verifies", "was_found"),
    )

    def __init__(self, host: str | None, verifies: bool, checks_host_name: bool, pins_only: bool = False) -> None:  # noqa: FBT001, FBT002 - one by one as they are read
        self.host, self.verifies, self.checks_host_name, self.pins_only = host, verifies, checks_host_name, pins_only
        self.session: PinnedSession | None = None
        self.policy: Policy | None = None
        self.chain: Chain | None = None
        self.bad_name: str | None = None
        self.was_found = self.passed = False
        self.refusal: BaseException | None = None

    def refuse(self, error: BaseException) -> None:
        """
        Let nothing pass any more, because of *error*.

        A `KeyboardInterrupt` or `SystemExit` belongs to the moment: later attempts raise an error of their own.
        """
        if isinstance(error, Exception):
            self.refusal = _without_traceback(error)
        else:
            self.refusal = EnforcementError(
                f"{self.host or 'the server'}: the check of the pins was interrupted, so the connection was closed",
                host=self.host or "",
                hint="connect again",
            )

    def again(self) -> BaseException:
        """Return the refusal, to be raised once more."""
        assert self.refusal is not None  # noqa: S101 - asked by the caller
        return _without_traceback(self.refusal)


def _without_traceback(error: BaseException) -> BaseException:
    # A traceback holds the frames that hold the connection: kept here, each refused connection would be a cycle.
    try:
        return copy.copy(error)
    except Exception:  # noqa: BLE001 - whatever type the caller's clock or a handler has raised
        return error
