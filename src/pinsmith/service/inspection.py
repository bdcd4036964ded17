"""Ask hosts that somebody names what they present, as far as the operator allows, and compare it with the pin files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pinsmith.errors import HostError, PinsmithError
from pinsmith.probe import resolve_all
from pinsmith.probe.reach import MAX_ADDRESSES
from pinsmith.probe.survey import survey_places
from pinsmith.probe.target import parse_target, policy_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.pinfile import PinFile
    from pinsmith.probe import FetchOutcome, Target, Trust
    from pinsmith.probe.reach import Reach

MAX_NAME: Final = 2048
"""Characters of a host or URL."""
_RESOLVERS: Final = 16  # threads
_PRIVATE: Final = "the operator can add the host or its network to `allow` in [inspect] of the settings"


@dataclass(frozen=True, slots=True)
class Inspected:
    """
    What a host presents.

    Attributes:
        target: The service, without the address.
        outcomes: Every chain of every address.
        file: The pin file that covers the host; None if none does.
        checks: The outcomes compared with it, in their order; empty if no pin file covers the host.
        at: When; aware.
    """

    target: Target
    outcomes: tuple[FetchOutcome, ...]
    file: Path | None
    checks: tuple[HostCheck, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """
    A text that is not a host, or a host that was not asked.

    Attributes:
        text: As it was given.
        error: Why.
    """

    text: str
    error: PinsmithError


@dataclass(frozen=True, slots=True)
class Inspector:
    """
    Asks hosts.

    Attributes:
        reach: How far hosts lead that no pin file contains.
        pin_files: Returns the pin files that are in force. Their hosts may be asked at their ports, wherever they are.
        check: Compares outcomes with a pin file, given its path and the time.
        trust: The authorities that chains are verified with.
        now: The clock; aware.
        timeout_seconds: For each handshake.
    """

    reach: Reach
    pin_files: Callable[[], Mapping[Path, PinFile]]
    check: Callable[[Path, Sequence[FetchOutcome], datetime], Sequence[HostCheck]]
    trust: Trust
    now: Callable[[], datetime]
    timeout_seconds: float = 10.0

    def inspect(self, text: str, starttls: str | None = None) -> Inspected:
        """
        Ask one host. It waits for the network.

        Args:
            text: A host, with a port or without, or a URL of https.

            starttls: The id of a protocol that changes to TLS; None for TLS from the start.

        Raises:
            HostError: If *text* is not a host.
            OutOfReachError: If the host may not be asked.
            ResolveError: If it has no address.
            StartTLSError: If there is no such protocol.
            FileError: If the pin file names authorities for the host that cannot be read.
        """
        (found,) = self.inspect_each([text], starttls)
        if isinstance(found, Refused):
            raise found.error
        return found

    def inspect_each(self, texts: Sequence[str], starttls: str | None = None) -> list[Inspected | Refused]:
        """
        Ask several hosts at once, and return what they present in the order of *texts*.

        Args:
            texts: Each as for `inspect`.

            starttls: As for `inspect`.
        """
        with ThreadPoolExecutor(_RESOLVERS) as pool:
            each = list(pool.map(lambda text: self._places(text, starttls), texts))
        # A host that is named twice is asked once.
        places = dict.fromkeys(place for some in each if not isinstance(some, Refused) for place in some)
        found = survey_places(places, trust=self.trust, timeout_seconds=self.timeout_seconds)
        return [
            some if isinstance(some, Refused) else self._inspected(replace(some[0], address=None), found)
            for some in each
        ]

    def _places(self, text: str, starttls: str | None) -> list[Target] | Refused:
        """Find the addresses of a host, and judge them."""
        try:
            if len(text) > MAX_NAME:
                raise HostError(f"{text[:80]!r}... is not a host: it has {len(text)} characters")
            target = parse_target(text, starttls=starttls)
            for path, pin_file in self.pin_files().items():
                if pin_file.policy.find(target.host) is None:
                    continue
                (known,) = policy_targets(pin_file.policy, [text], starttls=starttls, folder=path.parent)
                entry = pin_file.policy.entry_of(target.host)
                if entry is not None and known.port == entry.port:
                    addresses = resolve_all(known.address or known.host, timeout_seconds=self.timeout_seconds)
                    return [replace(known, address=address) for address in addresses[:MAX_ADDRESSES]]
                target = replace(target, trust=known.trust)
                break
            return self._reach_of(target).targets(target, hint=_PRIVATE, timeout_seconds=self.timeout_seconds)
        except PinsmithError as error:
            return Refused(text, error)

    def _reach_of(self, target: Target) -> Reach:
        """Return how far a host leads: to the usual port of the protocol that was chosen, too."""
        if target.starttls is None or self.reach.ports is None:
            return self.reach
        usual = parse_target(target.host, starttls=target.starttls).port
        return replace(self.reach, ports=self.reach.ports | {usual})

    def _inspected(self, target: Target, found: Mapping[Target, list[FetchOutcome]]) -> Inspected:
        outcomes, now = found[target], self.now()
        for path, pin_file in self.pin_files().items():
            if pin_file.policy.find(target.host) is not None:
                return Inspected(target, tuple(outcomes), path, tuple(self.check(path, outcomes, now)), now)
        return Inspected(target, tuple(outcomes), None, (), now)
