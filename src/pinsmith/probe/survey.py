"""
Retrieve everything that a host may present: from all its addresses, and both kinds of key where a server has both.

A server with an RSA and an ECDSA certificate shows a client the one that it can use, and every address may have another
server behind it. Pins that are based on a single handshake can lock out clients that see another certificate.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import ip_address
from itertools import islice
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FetchError, ResolveError
from pinsmith.probe import Failed, fetch_many, resolve_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from pinsmith.probe import FetchOutcome, Target, Trust
    from pinsmith.probe.trust import KeyType

_RESOLVERS: Final = 16  # threads
_AHEAD: Final = 64  # names that are looked up before they are needed
_MOST_BYTES: Final = 16 * 1024 * 1024  # of chains; a hundred usual hosts need a fraction
_EACH: Final[tuple[KeyType | None, ...]] = (None, "rsa", "ecdsa")


def survey(
    targets: Sequence[Target], *, trust: Trust, timeout_seconds: float = 10.0, tick: Callable[[], None] | None = None
) -> list[list[FetchOutcome]]:
    """
    Retrieve every chain that the *targets* present, each by full handshakes.

    Args:
        targets: As for `survey_each`.

        trust: Which chains are trusted.

        timeout_seconds: For each handshake.

        tick: Called after each target.

    Returns:
        What `survey_each` yields, in the order of *targets*.
    """
    found: dict[int, list[FetchOutcome]] = {}
    for number, outcomes in survey_each(targets, trust=trust, timeout_seconds=timeout_seconds):
        found[number] = outcomes
        if tick is not None:
            tick()
    return [found.get(number, []) for number in range(len(targets))]


def survey_each(
    targets: Sequence[Target], *, trust: Trust, timeout_seconds: float = 10.0
) -> Iterator[tuple[int, list[FetchOutcome]]]:
    """
    Retrieve every chain that the *targets* present, and yield each target as soon as all of it is known.

    Args:
        targets: Without `Target.key_type`; its `Target.address`, if any, may be a name with several addresses.

        trust: Which chains are trusted.

        timeout_seconds: For each handshake.

    Returns:
        The position of a target, and the different chains of each of its addresses. An address without any chain has
        one `Failed`. A missing kind of key is not a failure where another could be read.

    Raises:
        ValueError: If two targets have the same host and port.
    """
    positions = {_service(target): number for number, target in enumerate(targets)}
    if len(positions) < len(targets):
        raise ValueError("targets lists the same host and port twice")
    # The number of unfinished handshakes of a service, and one more while others may follow.
    left: Counter[Target] = Counter()
    found: dict[Target, list[FetchOutcome]] = {service: [] for service in positions}

    def wanted() -> Iterator[Target]:
        begun: Target | None = None
        for target in at_every_address(targets, timeout_seconds=timeout_seconds):
            service = _service(target)
            if service != begun:
                left[service] += 1
                if begun is not None:
                    left[begun] -= 1
                begun = service
            left[service] += len(_EACH)
            yield from (replace(target, key_type=key_type) for key_type in _EACH)
        if begun is not None:
            left[begun] -= 1

    def complete() -> Iterator[tuple[int, list[FetchOutcome]]]:
        for service in [service for service, count in left.items() if not count]:
            del left[service]
            yield positions[service], _different(found.pop(service))

    for outcome in fetch_many(wanted(), trust=trust, timeout_seconds=timeout_seconds):
        service = _service(outcome.target)
        found[service].append(outcome)
        left[service] -= 1
        yield from complete()
    yield from complete()


def survey_places(
    places: Iterable[Target], *, trust: Trust, timeout_seconds: float = 10.0
) -> dict[Target, list[FetchOutcome]]:
    """
    Retrieve every chain at numeric addresses, and look no name up. Strangers name the hosts, so the chains are bounded.

    Args:
        places: Each with the numeric address to dial; the same service may come several times.

        trust: Which chains are trusted.

        timeout_seconds: For each handshake.

    Returns:
        As `survey_each` yields them, by the target without its address. When the servers have sent too much, each
        further chain is a failure.

    Raises:
        ValueError: If an address is not numeric.
    """
    asked = list(places)
    for place in asked:
        ip_address((place.address or "").partition("%")[0])
    found: dict[Target, list[FetchOutcome]] = {_service(place): [] for place in asked}
    each = (replace(place, key_type=key_type) for place in asked for key_type in _EACH)
    size = 0
    for outcome in fetch_many(each, trust=trust, timeout_seconds=timeout_seconds):
        if not isinstance(outcome, Failed):
            size += sum(len(certificate.der) for certificate in outcome.presented)
        found[_service(outcome.target)].append(outcome if size <= _MOST_BYTES else _too_much(outcome))
    return {service: _different(outcomes) for service, outcomes in found.items()}


def at_every_address(
    targets: Iterable[Target],
    *,
    timeout_seconds: float = 10.0,
    keep: Callable[[Sequence[str]], Iterable[str]] = lambda addresses: addresses,
    refuse: Callable[[Target], None] | None = None,
) -> Iterator[Target]:
    """
    Replace each target by one for each of its addresses, in a stream.

    Args:
        targets: Any number, also without end.

        timeout_seconds: For looking up a name. One that is not found stays as it is, and fails when it is fetched.

        keep: Chooses among the addresses of one target.

        refuse: Called with a target of which no address was chosen.
    """
    waiting: list[tuple[Target, Future[tuple[str, ...]]]] = []
    source = iter(targets)
    with ThreadPoolExecutor(_RESOLVERS) as pool:
        while True:
            batch = list(islice(source, _AHEAD - len(waiting)))
            if not batch and not waiting:
                return
            for target in batch:
                if target.proxy is not None:  # the proxy looks the name up, and chooses
                    yield target
                    continue
                name = target.address or target.host
                waiting.append((target, pool.submit(resolve_all, name, timeout_seconds=timeout_seconds)))
            if not waiting:
                continue
            target, future = waiting.pop(0)
            try:
                addresses = future.result()
            except ResolveError:
                yield target
                continue
            chosen = [replace(target, address=address) for address in keep(addresses)]
            yield from chosen
            if not chosen and refuse is not None:
                refuse(target)


def _too_much(outcome: FetchOutcome) -> Failed:
    if isinstance(outcome, Failed):
        return outcome
    error = FetchError(
        f"was not read, because the servers have sent more than {_MOST_BYTES // 2**20} MiB of certificates",
        hint="ask fewer hosts at once, and leave out those with the longest chains",
    )
    return Failed(outcome.target, outcome.address, error.at(outcome.host, outcome.port, outcome.address))


def _service(target: Target) -> Target:
    return replace(target, address=None, key_type=None)


def _different(outcomes: list[FetchOutcome]) -> list[FetchOutcome]:
    """Keep one outcome for each different chain of an address, and one failure where there is no chain."""
    order = {kind: place for place, kind in enumerate(_EACH)}
    kept: dict[tuple[str | None, ...], FetchOutcome] = {}
    readable = {outcome.address for outcome in outcomes if not isinstance(outcome, Failed)}
    for outcome in sorted(outcomes, key=lambda outcome: order[outcome.target.key_type]):
        if isinstance(outcome, Failed):
            if outcome.address not in readable:
                kept.setdefault((outcome.address, None), outcome)
            continue
        ders = b"".join(certificate.der for certificate in outcome.presented)
        kept.setdefault((outcome.address, ders.hex(), str(outcome.trusted)), outcome)
    return sorted(kept.values(), key=lambda outcome: outcome.address or "")
