"""Say again and again that a published policy is fresh, with the online key. Nothing else is signed or published."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.errors import PinsmithError
from pinsmith.files.lock import held

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from securesystemslib.signer import Signer

    from pinsmith.updates.directory import Directory

TICK_SECONDS: Final = 600.0
_POLICY_WARNING: Final = timedelta(days=14)


class Freshness:
    """
    Keeps a bundle fresh.

    Args:
        directory: The bundle.

        online: The online key.

        days: For how long programs take it for fresh.
    """

    def __init__(self, directory: Directory, online: Signer, days: int) -> None:
        self._directory, self._online, self._days = directory, online, days

    def renew(self, now: datetime) -> str | None:
        """
        Sign the freshness if half of its time has passed at *now*, which is aware.

        Returns:
            A warning if the policy itself expires soon; None otherwise.

        Raises:
            BundleError: If there is no policy, it has expired, or its signatures do not count.
            FileError: If a file cannot be read or written.
            SigningError: If the key is not the online key.
        """
        from pinsmith.updates.publication import renew

        with held(self._directory.path / "metadata"):
            stamp = self._directory.timestamp()
            if stamp is None or stamp.signed.expires - now <= timedelta(days=self._days) / 2:
                renew(self._directory, self._online, now=now, days=self._days)
            targets = self._directory.targets_metadata()
        if targets is None or targets.signed.expires - now > _POLICY_WARNING:
            return None
        return (
            f"programs use the policy of {self._directory.path} until {targets.signed.expires:%Y-%m-%d} only: let "
            "enough people sign it again with `pinsmith bundle sign`"
        )

    async def run(
        self,
        stop: asyncio.Event,
        now: Callable[[], datetime],
        tell: Callable[[str], None],
        *,
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        """Renew it until *stop* is set. *tell* gets each new problem once; a problem ends no service."""
        before: str | None = None
        while not stop.is_set():
            try:
                problem = await asyncio.to_thread(self.renew, now())
            except (PinsmithError, OSError) as error:
                problem = f"{self._directory.path} was not signed as fresh: {error}"
            if problem is not None and problem != before:
                tell(problem)
            before = problem
            try:
                async with asyncio.timeout(tick_seconds):
                    await stop.wait()
            except TimeoutError:
                continue
