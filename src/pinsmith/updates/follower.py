"""What follows the policy in force: pinned contexts, and the injection of the process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.policy import Policy
    from pinsmith.tls.context import PinnedSSLContext
    from pinsmith.tls.event import MismatchEvent

_log = logging.getLogger("pinsmith.updates")


class Followers:
    """Contexts, which only their owners keep alive, and the process. A failure leaves the old policy in place."""

    def __init__(self) -> None:
        self._contexts: WeakSet[PinnedSSLContext] = WeakSet()
        self._injected: Policy | None = None

    def add(self, context: PinnedSSLContext, policy: Policy) -> None:
        """Give *context* the policy now, and each later one."""
        context.policy = policy
        self._contexts.add(context)

    def inject(
        self, policy: Policy, *, on_mismatch: Callable[[MismatchEvent], None] | None, allow_unnamed: bool
    ) -> None:
        """
        Enforce the policy in this process, and each later one.

        Raises:
            InjectionError: As `pinsmith.inject`.
        """
        from pinsmith.tls.inject import inject

        inject(policy, on_mismatch=on_mismatch, allow_unnamed=allow_unnamed)
        self._injected = policy

    def follow(self, policy: Policy) -> None:
        """Hand on a new policy. Never raises: what fails is logged, and the others follow."""
        for context in list(self._contexts):
            try:
                context.policy = policy
            except Exception:  # noqa: BLE001 - the others must follow
                _log.exception("a context keeps its policy, because the new one cannot be applied")
        if self._injected is not None:
            self._follow_injected(self._injected, policy)

    def _follow_injected(self, before: Policy, policy: Policy) -> None:
        from pinsmith.tls.inject import replace_injected_policy

        try:
            replace_injected_policy(before, policy)
        except Exception:  # noqa: BLE001 - of somebody's patch
            _log.exception("the process keeps its policy, because the new one cannot be applied")
        else:
            self._injected = policy
