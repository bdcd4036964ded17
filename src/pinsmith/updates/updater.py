"""`Updater`: a policy that changes without a release, because enough people have signed the change."""

from __future__ import annotations

import logging
import os
import random
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit
from weakref import WeakSet

from pinsmith import files, pinfile
from pinsmith.errors import PinsmithError
from pinsmith.errors.updates import UpdateSettingsError
from pinsmith.updates.address import addresses_of
from pinsmith.updates.background import Background
from pinsmith.updates.clock import Clock
from pinsmith.updates.diary import Diary
from pinsmith.updates.follower import Followers
from pinsmith.updates.schedule import INTERVAL_SECONDS, wait_seconds
from pinsmith.updates.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.pinfile._document import Updates
    from pinsmith.policy import Policy
    from pinsmith.tls.context import PinnedSSLContext
    from pinsmith.tls.event import MismatchEvent

INSTALL: Final = "pip install 'pinsmith[updates]'"
MAX_ROOT_BYTES: Final = 512_000
_LOOK_SECONDS: Final = 60 * 60.0  # the system's clock may have been corrected meanwhile
_CLOSE_SECONDS: Final = 5.0
_log = logging.getLogger("pinsmith.updates")


class Updater:
    """
    Keeps a policy up to date, from a bundle that is published with ``pinsmith bundle``.

    At first, the policy that the program was built with is in force, the floor. An update replaces it if enough people
    have signed it, it is newer than all that was seen, and it protects every host of the floor at least as well. New
    pins count at once, removed ones for ``removal-delay`` more days, and compromised ones end at once. If no address
    can be reached, the last policy stays until its signatures expire; then the table ``[updates]`` decides.

    Nothing here blocks a connection. Construction reads files and asks nobody. `start` refreshes in a thread, `refresh`
    at once. A failure of the network, of the disk or of the clock changes nothing in force, and `status` shows it.

    The addresses are reached directly, without a proxy, and only with the pins of the floor. So a wrong update cannot
    cut off its own correction.

    After ``os.fork``, a child has the policy of that moment. It gets later ones, and suspensions end, after it has
    called `start` itself. Processes may share *cache*. If the cache is deleted, the program begins with the floor
    again, and can be shown an older policy that has not expired.

    Args:
        url: The address that is asked first, https; those of ``[updates]`` in *floor* follow. None: only those.

        floor: The pin file that the program was built with. It has the table ``[updates]``, which names the root.

        cache: A directory for this program alone. It is made if it is missing.

        cafile: Trust anchors for the addresses instead of the system's, PEM.

        interval_seconds: Between two refreshes, give or take a fifth. After a failure it is a minute, and then longer.

        clock: Returns the time of the system, aware; for tests.

        monotonic: Returns seconds that never go back; for tests.

    Raises:
        ParseError: If *floor* is not a pin file.
        FileError: If *floor* or the root cannot be read.
        UpdateSettingsError: If *floor* has no ``[updates]``, its root or *url* cannot be used, or the extra is missing.
        OSError: If *cafile* cannot be read.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        floor: str | os.PathLike[str],
        cache: str | os.PathLike[str],
        cafile: str | os.PathLike[str] | None = None,
        interval_seconds: float = INTERVAL_SECONDS,
        clock: Callable[[], datetime] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        policy, settings = _floor(floor)
        try:
            from pinsmith.updates.fetcher import Fetcher
            from pinsmith.updates.received import Received
            from pinsmith.updates.shelf import Shelf
        except ImportError as error:
            raise UpdateSettingsError(
                f"signed updates need {str(error.name).partition('.')[0]}", hint=INSTALL
            ) from error
        root = files.read(
            Path(floor).parent / settings.root,
            most_bytes=MAX_ROOT_BYTES,
            missing_hint="build the program with the root of the bundle, which `pinsmith bundle publish` writes",
        )
        self._addresses = addresses_of(url, settings.addresses)
        self._clock = Clock(clock or (lambda: datetime.now(UTC)), monotonic)
        self._monotonic, self._interval_seconds = monotonic, interval_seconds
        place = Path(cache)
        self._received = Received(
            policy,
            settings,
            shelf=Shelf(place / "metadata", root),
            path=place / "state.json",
            clock=self._clock,
            hosts=[urlsplit(address).hostname or "" for address in self._addresses],
        )
        self._fetcher = Fetcher(policy, cafile=cafile, clock=self._clock.now)
        self._followers, self._diary = Followers(), Diary()
        self._background = Background(self._turn)
        self._refreshes, self._failures, self._due = False, 0, 0.0
        self._success: datetime | None = None
        self._fresh_until: datetime | None = None
        self._error: PinsmithError | None = None
        self._renew_locks()
        self._begin()
        _all.add(self)

    @property
    def policy(self) -> Policy:
        """The policy in force now. It is immutable; ask again for a later one. Never waits for the network."""
        changes, now = self._in_force.changes, self._clock.now()
        if now < self._looked or (changes is not None and now >= changes):
            self._look(waits=False)
        return self._in_force.policy

    @property
    def status(self) -> Status:
        """The state now."""
        _, (signed, _), moment = self.policy, self._received.accepted, self._in_force
        problem, error = self._received.problem, self._error
        return Status(
            source=moment.source,
            version=None if signed is None else signed.version,
            expires=None if signed is None else signed.expires,
            expired=moment.expired,
            fresh_until=self._fresh_until,
            last_success=self._success,
            error_code=None if error is None else error.code,
            error=None if error is None else str(error),
            disk_error=None if problem is None else str(problem),
            suspensions=moment.suspensions,
            removals=moment.removals,
        )

    def refresh(self) -> None:
        """
        Ask the addresses now, and apply what is new. It waits for the network, a minute for each file at most.

        Raises:
            UpdateFailedError: If no address has an update that is signed and fresh; what was in force stays. Its
                subclasses say whether it was the network, a signature, or an old state.
            RefusedUpdateError: If the update would lock users out, or protect less.
            LockedError: If another process refreshes the same cache, and does not end.
        """
        with self._refreshing:
            try:
                self._fresh_until = self._received.refresh(self._addresses, self._fetcher)
            except PinsmithError as error:
                self._error = error
                raise
            else:
                self._error, self._success = None, self._clock.now()
            finally:
                self._look()

    def apply_to(self, context: PinnedSSLContext) -> None:
        """
        Give *context* the policy in force, and each later one, as long as somebody uses the context.

        Suspensions end in it without a refresh, so this starts the thread, too. Connections that exist stay as they
        are.
        """
        with self._looking:
            self._followers.add(context, self._in_force.policy)
        self._background.start()

    def inject(
        self, *, on_mismatch: Callable[[MismatchEvent], None] | None = None, allow_unnamed: bool = False
    ) -> None:
        """
        Call `pinsmith.inject` with the policy in force, and replace it by each later one.

        Another call of `pinsmith.inject` or `pinsmith.extract` ends this. Workers that `multiprocessing` has started
        keep the policy that they were started with.

        Args:
            on_mismatch: As for `pinsmith.inject`.

            allow_unnamed: As for `pinsmith.inject`.

        Raises:
            InjectionError: As `pinsmith.inject`.
        """
        with self._looking:
            self._followers.inject(self._in_force.policy, on_mismatch=on_mismatch, allow_unnamed=allow_unnamed)
        self._background.start()

    def start(self) -> None:
        """Refresh now, and from time to time, in a thread that ends with the program or with `close`."""
        self._refreshes = True
        self._background.start()

    def close(self) -> None:
        """End the thread, and the request that it makes. The policy stays, and contexts keep it as it is."""
        self._fetcher.close()
        if not self._background.end(_CLOSE_SECONDS):
            _log.warning("a request for updates has not ended yet")

    def __enter__(self) -> Self:
        """Start, and return the updater itself."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _begin(self) -> None:
        """Put in force what an earlier process has kept, or the floor."""
        self._received.load()
        self._looked = self._clock.now()
        self._in_force = self._received.at(self._looked)
        self._diary.note(self._in_force, self._looked)

    def _turn(self) -> float:
        """Do what is due, and return how many seconds later something else is."""
        if self._refreshes and self._monotonic() >= self._due:
            before = self._error
            try:
                self.refresh()
            except PinsmithError as error:
                self._failures += 1
                level = logging.DEBUG if before is not None and before.code == error.code else logging.WARNING
                _log.log(level, "no update of pins (%s): %s", error.code, error)
            else:
                self._failures = 0
            wait = wait_seconds(self._failures, self._interval_seconds, random.random)
            self._due = self._monotonic() + wait
        else:
            self._look()
        return self._rest_seconds()

    def _rest_seconds(self) -> float:
        waits = [_LOOK_SECONDS]
        if self._refreshes:
            waits.append(self._due - self._monotonic())
        if self._in_force.changes is not None:
            waits.append((self._in_force.changes - self._clock.now()) / timedelta(seconds=1))
        return max(1.0, min(waits))

    def _look(self, *, waits: bool = True) -> None:
        """Put in force what is due by now. If another thread is doing so, leave it to that one, or wait for it."""
        if not self._looking.acquire(blocking=waits):
            return
        try:
            now, before = self._clock.now(), self._in_force
            moment = self._received.at(now)
            self._looked = now
            if moment.policy == before.policy:  # sessions of contexts belong to the very same policy
                moment = moment.with_policy(before.policy)
            self._in_force = moment
            self._diary.note(moment, now)
            if moment.policy is not before.policy:
                self._followers.follow(moment.policy)
        except Exception:  # noqa: BLE001 - the policy in force stays
            _log.exception("the policy in force stays, because what is due cannot be applied")
        finally:
            self._looking.release()

    def _renew_locks(self) -> None:
        self._refreshing, self._looking = Lock(), Lock()

    def _renew(self) -> None:
        """Begin anew in a child after a fork: the thread, its locks and its request are the parent's."""
        self._renew_locks()
        self._refreshes, self._due = False, 0.0
        self._background.renew()
        self._fetcher.forget()


def _floor(path: str | os.PathLike[str]) -> tuple[Policy, Updates]:
    content = pinfile.load_file(path)
    if content.updates is None:
        raise UpdateSettingsError(
            f"{os.fspath(path)} does not say where updates come from", hint="add the table [updates]"
        )
    return content.policy, content.updates


_all: WeakSet[Updater] = WeakSet()


def _renew_all() -> None:
    for updater in list(_all):
        with suppress(Exception):
            updater._renew()  # noqa: SLF001 - of this module


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_all)
