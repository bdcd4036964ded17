"""What ``pinsmith fetch`` is to look at: names from arguments and lists, addresses, kinds of key."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, Literal

from pinsmith.errors import FileError, HostError, ResolveError
from pinsmith.files import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pinsmith.errors import PinsmithError
    from pinsmith.probe import Failed, FetchOutcome, Target

    Refuse = Callable[[str, PinsmithError], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What holds for every host of the command."""

    port: int | None
    address: str | None
    connect_port: int | None
    starttls: str | None
    key_type: Literal["rsa", "ecdsa", "both"] | None


def read(arguments: Sequence[str], path: Path | None) -> tuple[Iterator[str], int | None]:
    """
    Read the names of hosts, as a stream.

    Returns:
        The names, and how many there are; None for standard input and for pipes, which can be read once only.

    Raises:
        FileError: the list cannot be opened.
    """
    if path is None:
        return iter(arguments), len(arguments)
    names, count = _lines(path)
    return _chain(arguments, names), None if count is None else len(arguments) + count


def expand(
    texts: Iterable[str],
    wanted: Wanted,
    refuse: Refuse,
    fail: Callable[[Failed], None],
    *,
    family: Literal[4, 6] | None,
    all_addresses: bool,
    timeout_seconds: float,
) -> Iterator[Target]:
    """
    Make the targets, as a stream.

    Args:
        texts: As users write hosts.

        wanted: What holds for all.

        refuse: Told of a text that is no host; the others go on.

        fail: Told of a host that has no address of the *family*.

        family: The only IP version to use; None for both.

        all_addresses: Every address of a host, not the first that answers.

        timeout_seconds: For looking up a name.
    """
    targets = _parse(texts, wanted, refuse)
    if not all_addresses and family is None:
        return targets
    from pinsmith.probe import Failed
    from pinsmith.probe.survey import at_every_address

    def keep(addresses: Sequence[str]) -> Sequence[str]:
        fitting = [each for each in addresses if family is None or (":" in each) == (family == 6)]  # noqa: PLR2004
        return fitting if all_addresses else fitting[:1]

    def refuse_target(target: Target) -> None:
        error = ResolveError(f"has no IPv{family} address").at(target.host, target.port, None)
        fail(Failed(target, None, error))

    return at_every_address(targets, timeout_seconds=timeout_seconds, keep=keep, refuse=refuse_target)


def settle(outcomes: Iterable[FetchOutcome], *, both: bool) -> Iterator[FetchOutcome]:
    """
    Drop the failure of a host to show one kind of key if it showed the other.

    Args:
        outcomes: In any order.

        both: Whether each host was asked for both kinds; if not, everything passes as it comes.
    """
    if not both:
        yield from outcomes
        return
    from pinsmith.probe import Failed

    first: dict[Target, FetchOutcome] = {}
    for outcome in outcomes:
        place = replace(outcome.target, key_type=None)
        other = first.pop(place, None)
        if other is None:
            first[place] = outcome
            continue
        pair: list[FetchOutcome] = [each for each in (other, outcome) if not isinstance(each, Failed)]
        yield from pair or (other,)
    yield from first.values()


def _parse(texts: Iterable[str], wanted: Wanted, refuse: Refuse) -> Iterator[Target]:
    from pinsmith.probe import parse_target

    for text in texts:
        try:
            target = parse_target(
                text,
                port=wanted.port,
                address=wanted.address,
                connect_port=wanted.connect_port,
                starttls=wanted.starttls,
                key_type=None if wanted.key_type == "both" else wanted.key_type,
            )
        except HostError as error:
            refuse(text, error)
            continue
        if wanted.key_type == "both":
            yield replace(target, key_type="rsa")
            yield replace(target, key_type="ecdsa")
        else:
            yield target


def _lines(path: Path) -> tuple[Iterator[str], int | None]:
    if str(path) == "-":
        return _names(sys.stdin.buffer), None
    try:
        file = path.open("rb")  # now, so that a missing list is an error before anything is dialled
        try:
            count = _count(file)
        except BaseException:
            file.close()
            raise
    except OSError as error:
        raise FileError(f"{path} cannot be read: {words_of(error)}", path=str(path)) from error
    return _closing(file), count


def _count(file: BinaryIO) -> int | None:
    """Count the names in a file on disk, one line in memory at a time, and go back to its beginning."""
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return None
    count = sum(1 for _ in _names(file))
    file.seek(0)
    return count


def _closing(file: BinaryIO) -> Iterator[str]:
    with file:
        yield from _names(file)


def _names(stream: Iterable[bytes]) -> Iterator[str]:
    for line in stream:
        # Bytes that are no text make a host that is none, and is reported as such.
        text = line.decode("utf-8", "replace").lstrip("\ufeff").partition("#")[0].strip()
        if text:
            yield text


def _chain(first: Iterable[str], second: Iterable[str]) -> Iterator[str]:
    yield from first
    yield from second
