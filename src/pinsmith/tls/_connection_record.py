"""The record of one connection: how it was created, and whether it passed or was refused."""

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
    The record of one connection, from its creation on.

    Attributes:
        host: Canonical; None if the client named no server, or one whose name is not a host.
        bad_name: The server name that the client gave, if it is not a host.
        was_found: Whether it was created before `pinsmith.inject`, so that its settings are not known.
        verifies: Whether it was created with ``CERT_REQUIRED``.
        checks_host_name: Whether it was created with the host-name check on.
        pins_only: Whether it was created without verification because its entry says ``trust = "pins-only"``.
        session: The session that was offered for resumption.
        policy: The policy by which it was judged; None before.
        chain: The chain by which it was judged; None before.
        passed: Whether it was judged and may go on.
        refusal: The error with which it was refused; nothing may pass any more.
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

        A `KeyboardInterrupt` or `SystemExit` is not raised again: later attempts raise an error of their own.
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
    # A traceback refers to frames that refer to the connection. If it were kept, a refused connection would be a cycle.
    try:
        return copy.copy(error)
    except Exception:  # noqa: BLE001 - whatever type the caller's clock or a handler has raised
        return error
