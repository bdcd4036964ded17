"""The policies that a client has accepted. It accepts an update in whole, or refuses it in whole."""

from __future__ import annotations

import hashlib
import logging
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith import __version__, files
from pinsmith.errors import FileError, LockedError
from pinsmith.errors.updates import (
    BundleError,
    RefusedUpdateError,
    StaleUpdateError,
    SuspensionError,
    UpdateFailedError,
)
from pinsmith.files import lock
from pinsmith.updates.in_force import Former, InForce, in_force
from pinsmith.updates.refusal import Refusal, expiry_refusals, refusals
from pinsmith.updates.state import MAX_FORMER, Reason, Refused, Replaced, State, read_state, write_state
from pinsmith.updates.trusted import ask, download, is_same, is_signed, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from tuf.ngclient.fetcher import FetcherInterface

    from pinsmith.pinfile._document import Updates
    from pinsmith.policy import Policy
    from pinsmith.updates.clock import Clock
    from pinsmith.updates.in_force import Signed
    from pinsmith.updates.shelf import Shelf
    from pinsmith.updates.state import Kept
    from pinsmith.updates.trusted import Asked

LOCK_SECONDS: Final = 30.0
_OF_TIME: Final = {
    "ended-pins",
    "far-expiry",
    "long-suspension",
}  # reasons that end with time, so the same version is tried again
_OF_FLOOR: Final = {"host-left-out", "weaker-entry", "weaker-setting", "fewer-pins", "compromised-key"}
_log = logging.getLogger("pinsmith.updates")


class Received:
    """
    The state of one client.

    Args:
        floor: The policy that the program was built with.

        settings: The table ``[updates]``.

        shelf: The verified metadata.

        path: The file of the state.

        clock: The trusted time.

        hosts: Those of the addresses, in lower case.

    Attributes:
        floor: As above.
        accepted: The signed policy, and those before it. Both change at once.
        problem: Why the state was not read or written; None if it was.
    """

    def __init__(
        self, floor: Policy, settings: Updates, *, shelf: Shelf, path: Path, clock: Clock, hosts: Sequence[str]
    ) -> None:
        self.floor, self._settings, self._shelf = floor, settings, shelf
        self._path, self._clock, self._hosts = path, clock, tuple(hosts)
        # What refuses an update: another release of the program may accept it.
        self._refuser = repr((floor, self._hosts, __version__)).encode()
        self._delay = timedelta(days=settings.removal_delay)
        self._state = self._written = State()
        self.accepted: tuple[Signed | None, tuple[Former, ...]] = None, ()
        self.problem: FileError | None = None

    def at(self, now: datetime) -> InForce:
        """Return the policy in force at *now*."""
        signed, former = self.accepted
        after = self._settings.after_expiry
        return in_force(self.floor, signed, former, delay=self._delay, after_expiry=after, now=now)

    def load(self) -> None:
        """Take what was kept by an earlier process, or by another one, if its signatures count. Never raises."""
        try:
            state = read_state(self._path) or State()
        except (BundleError, FileError) as error:
            _log.warning("the cache is not used, and updates are fetched again: %s", error)
            return
        if state in {self._written, State()}:
            return
        try:
            self._adopt(state)
        except (BundleError, SuspensionError, OverflowError) as error:  # the last: a time that UTC does not have
            _log.warning("the cache is not used, and updates are fetched again: %s: %s", self._path, error)

    def _adopt(self, state: State) -> None:
        if state.current is None:
            if self._state.current is None:
                self._state, self._written = State(refused=state.refused), state
            return
        if not is_signed(self._shelf, state.current):
            raise BundleError("the policy is not signed by keys that the program trusts")
        signed = read(state.current)
        if state.proven is not None:  # not signed, so it cannot outlast what was
            self._clock.prove(min(state.proven, signed.expires))
        kept, _ = self.accepted
        if kept is not None and signed.version < kept.version:
            return  # the disk was full when the newer one came
        found = self._refusals(signed, signed.policy, self._clock.now())
        broken = [refusal for refusal in found if refusal.code in _OF_FLOOR]
        if broken:  # the program was updated, and has another floor
            raise BundleError(f"its policy protects less than the program's own: {broken[0]}")
        now = self._clock.now()
        former = [
            Replaced(min(one.moment, now), one.kept)
            for one in state.former
            if one.kept is None or is_signed(self._shelf, one.kept)
        ]
        self._set(state, signed, former)
        self._written = state

    def refresh(self, addresses: Sequence[str], fetcher: FetcherInterface) -> datetime:
        """
        Ask the addresses in turn, until one of them has metadata that is signed and fresh.

        Returns:
            Until when it is fresh.

        Raises:
            UpdateFailedError: If none has. The error is that of the first one.
            RefusedUpdateError: If the policy would lock users out, or protect less.
            LockedError: If another process is refreshing the same cache, and does not end.
        """
        with self._locked():
            self.load()
            self.problem = self._shelf.problem = None
            failed: list[UpdateFailedError] = []
            try:
                for address in addresses:
                    try:
                        asked = ask(self._shelf, address, fetcher, self._clock.now())
                        self._clock.prove(min(self._clock.now(), asked.client.fresh_until))
                        self._take(asked, address)
                    except UpdateFailedError as error:
                        failed.append(error)
                    else:
                        return asked.client.fresh_until
            finally:
                self._save()
        failed[0].details = (*failed[0].details, *(str(error) for error in failed[1:]))
        raise failed[0]

    def _take(self, asked: Asked, address: str) -> None:
        before, _ = self.accepted
        current = self._state.current
        if current is not None and current.targets.encode() == asked.json:
            return
        digest = hashlib.sha256(asked.json + self._refuser).hexdigest()
        refused = self._state.refused
        if refused is not None and refused.digest == digest:
            raise RefusedUpdateError(
                [Refusal(one.code, one.subject, one.problem, one.hint) for one in refused.reasons]  # type: ignore[arg-type]
            )
        version = asked.client.targets.version
        is_old = before is not None and version <= before.version
        if is_old and current is not None and is_signed(self._shelf, current, by_newest=True):
            if is_same(asked, current):
                return  # with other signatures, or spelled differently
            raise StaleUpdateError(
                f"{address} shows version {version} of the policy, which is older than the one in force, or another "
                "one of the same version",
                address=address,
                hint="the operator publishes the newest version at every address",
            )
        try:
            kept = download(asked, address)
            signed = read(kept)
        except (BundleError, SuspensionError) as error:
            hint = "if the program is older than the policy, install a newer release"
            refusal = Refusal("unreadable-content", f"version {version}", f"cannot be used: {error}", hint)
            raise self._refused(digest, [refusal]) from error
        now = max([self._clock.now(), *_decided(signed)])
        found = self._refusals(signed, self._compared(signed, now), now)
        if found:
            raise self._refused(digest, found)
        self._accept(kept, signed, now)

    def _refusals(self, signed: Signed, before: Policy, now: datetime) -> list[Refusal]:
        found = refusals(
            signed.policy,
            signed.suspensions,
            floor=self.floor,
            in_force=before,
            update_hosts=self._hosts,
            now=now,
        )
        return [*found, *expiry_refusals(signed.expires, now)]

    def _compared(self, signed: Signed, now: datetime) -> Policy:
        """Return the policy with which *signed* must share pins."""
        before, _ = self.accepted
        current = self._state.current
        if before is None or current is None:
            return self.floor
        if now >= before.expires:  # the hosts are refused anyway, so nobody can be locked out
            return signed.policy if self._settings.after_expiry == "refuse" else self.floor
        # Its signers may have lost the right to sign, so it must not hold back its successor.
        return before.policy if is_signed(self._shelf, current, by_newest=True) else self.floor

    def _accept(self, kept: Kept, signed: Signed, now: datetime) -> None:
        for moment in _decided(signed):
            self._clock.prove(moment)
        before, _ = self.accepted
        expired = before is not None and now >= before.expires
        former = list(self._state.former)
        if expired:  # what it had pinned was not accepted any more
            former = [Replaced(now)] if self._settings.after_expiry == "floor" else []
        elif (self.floor if before is None else before.policy) != signed.policy:
            former.append(Replaced(now, self._state.current))
        proven = self._clock.proven() or now
        former = [one for one in former if one.moment + self._delay > proven][-MAX_FORMER:]
        self._set(State(current=kept), signed, former)
        _log.info("version %d of the policy is in force", signed.version)

    def _set(self, state: State, signed: Signed, former: Sequence[Replaced]) -> None:
        self._state = State(current=state.current, former=tuple(former), proven=state.proven, refused=state.refused)
        self.accepted = (
            signed,
            tuple(Former(self.floor if one.kept is None else read(one.kept).policy, one.moment) for one in former),
        )

    def _refused(self, digest: str, found: list[Refusal]) -> RefusedUpdateError:
        for one in found:
            _log.error("an update was refused: %s", one)
        if not _OF_TIME & {one.code for one in found}:
            reasons = tuple(Reason(one.code, one.subject, one.problem, one.hint) for one in found)
            state = self._state
            self._state = State(current=state.current, former=state.former, refused=Refused(digest, reasons))
        return RefusedUpdateError(found)

    def _save(self) -> None:
        state = self._state
        self._state = State(
            current=state.current, former=state.former, proven=self._clock.proven(), refused=state.refused
        )
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_state(self._path, self._state)
            self._written = self._state
        except FileError as error:
            self.problem = error
        except OSError as error:
            self.problem = FileError(
                f"{self._path.parent} cannot be made: {files.words_of(error)}", path=str(self._path.parent)
            )
        self.problem = self.problem or self._shelf.problem

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let no other process change the cache. Without a disk that takes a lock, nothing can be written there."""
        held = lock.held(self._path, wait_seconds=LOCK_SECONDS)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            held.__enter__()
        except LockedError:
            raise
        except (FileError, OSError):
            yield
            return
        try:
            yield
        finally:
            held.__exit__(None, None, None)


def _decided(signed: Signed) -> list[datetime]:
    """List when the suspensions were decided, which signatures prove to have passed."""
    return [one.since for one in signed.suspensions if one.since < signed.expires]
