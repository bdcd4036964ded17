"""Retrieve the chains of many hosts by their names, from chosen addresses and for chosen kinds of key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.errors import HostError, ResolveError
from pinsmith.probe.proxy import through
from pinsmith.probe.result import Failed
from pinsmith.probe.retrieval import fetch_many
from pinsmith.probe.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pinsmith.probe.result import Engine, FetchOutcome
    from pinsmith.probe.target import Target
    from pinsmith.probe.trust import Trust

_IPV6: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRequest:
    """
    The settings that hold for every host.

    Attributes:
        port: For names that have none; None for the usual one.
        address: See `pinsmith.probe.Target`, as for the next two.
        connect_port: See there.
        starttls: See there.
        key_type: The kind of key to ask for; None if the server may choose.
        proxy: See `pinsmith.probe.proxy.through`.
        family: The only IP version to use; None for both.
        all_addresses: Whether to ask every address of a host, instead of the first that answers.
        engine: See `pinsmith.probe.fetch_many`.
    """

    port: int | None = None
    address: str | None = None
    connect_port: int | None = None
    starttls: str | None = None
    key_type: Literal["rsa", "ecdsa", "both"] | None = None
    proxy: str | None = None
    family: Literal[4, 6] | None = None
    all_addresses: bool = False
    engine: Engine = "openssl"


def fetch_named(
    names: Iterable[str],
    request: HostRequest,
    *,
    trust: Trust,
    refuse: Callable[[str, HostError], None],
    fail: Callable[[Failed], None],
    timeout_seconds: float = 10.0,
    concurrency: int = 100,
) -> Iterator[FetchOutcome]:
    """
    Retrieve the chains of the hosts *names*, as a stream.

    Args:
        names: As users write them, any number, also without end.

        request: The settings for all of them.

        trust: Which chains are trusted.

        refuse: Called with each name that is not a host; the others go on.

        fail: Called for each host without an address of the wanted IP version.

        timeout_seconds: For each host, and for looking up each name.

        concurrency: How many hosts are asked at once.

    Returns:
        One outcome for each host, address and kind of key that was asked, in the order they finish. If *request* wants
        both kinds, a host that shows one of them has no failure for the other.
    """
    targets = _at_addresses(_parse(names, request, refuse), request, fail, timeout_seconds)
    outcomes = fetch_many(
        targets, trust=trust, timeout_seconds=timeout_seconds, concurrency=concurrency, engine=request.engine
    )
    return _settle(outcomes) if request.key_type == "both" else outcomes


def _parse(names: Iterable[str], request: HostRequest, refuse: Callable[[str, HostError], None]) -> Iterator[Target]:
    for name in names:
        try:
            target = parse_target(
                name,
                port=request.port,
                address=request.address,
                connect_port=request.connect_port,
                starttls=request.starttls,
                key_type=None if request.key_type == "both" else request.key_type,
            )
            target = through(target, request.proxy)
        except HostError as error:
            refuse(name, error)
            continue
        if request.key_type == "both":
            yield replace(target, key_type="rsa")
            yield replace(target, key_type="ecdsa")
        else:
            yield target


def _at_addresses(
    targets: Iterator[Target], request: HostRequest, fail: Callable[[Failed], None], timeout_seconds: float
) -> Iterator[Target]:
    family = request.family
    if not request.all_addresses and family is None:
        return targets
    from pinsmith.probe.survey import at_every_address  # imports threads and logging, which few lists need

    def keep(addresses: Sequence[str]) -> Sequence[str]:
        fitting = [address for address in addresses if family is None or (":" in address) == (family == _IPV6)]
        return fitting if request.all_addresses else fitting[:1]

    def refuse(target: Target) -> None:
        error = ResolveError(f"has no IPv{family} address").at(target.host, target.port, None)
        fail(Failed(target, None, error))

    return at_every_address(targets, timeout_seconds=timeout_seconds, keep=keep, refuse=refuse)


def _settle(outcomes: Iterable[FetchOutcome]) -> Iterator[FetchOutcome]:
    """Drop the failure for one kind of key if the host showed the other; every host was asked for both."""
    first: dict[Target, FetchOutcome] = {}
    for outcome in outcomes:
        place = replace(outcome.target, key_type=None)
        other = first.pop(place, None)
        if other is None:
            first[place] = outcome
            continue
        pair: list[FetchOutcome] = [result for result in (other, outcome) if not isinstance(result, Failed)]
        yield from pair or (other,)
    yield from first.values()
