"""Tangles of cross-signs: drawn certificates of four authorities, some of them faulty, and the roots of a store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pinsmith.lab.pki import mint
from tests.paths.pki import AT, BEFORE, ca, leaf

if TYPE_CHECKING:
    from random import Random

ENDED: Final = AT - timedelta(days=1)
NAMES: Final = ("CA A", "CA B", "CA C", "CA D")  # which nobody takes for the names of hosts


@dataclass(frozen=True, slots=True)
class Link:
    """
    A certificate of an authority, and what is wrong with it.

    Attributes:
        name: Its subject.
        by: Its issuer.
        fault: Empty if nothing is wrong.
    """

    name: str
    by: str
    fault: str = ""


FAULTS: Final = ("", "", "", "", "ended", "forged", "other key", "not an authority", "short", "other names", "fitting")

CONSTRAINED: Final = ("other names", "fitting")


@cache
def der_of(link: Link) -> bytes:
    """Make the certificate of *link*."""
    if link.fault == "not an authority":
        return leaf(link.by, key=link.name, common_name=link.name)
    options: dict[str, dict[str, Any]] = {
        "ended": {"not_after": ENDED},
        "forged": {"signer": "rogue"},
        "other key": {"key": f"other {link.name}"},
        "short": {"path_length": 0},
        "other names": {"extensions": mint.only_below("example.org")},
        "fitting": {"path_length": 1, "extensions": mint.only_below("example.com")},
    }
    return ca(link.name, link.by, **options.get(link.fault, {}))


@cache
def leaf_of(issuer: str) -> bytes:
    """Make the certificate of the server, once for each issuer."""
    return leaf(issuer)


@cache
def root_of(name: str, fault: str) -> bytes:
    """Make the root of that name, which may have ended or have another key."""
    if fault == "ended":
        return ca(name, not_before=BEFORE, not_after=ENDED)
    return ca(name, key=f"other {name}") if fault else ca(name)


@dataclass(frozen=True, slots=True)
class Tangle:
    """
    What a server sends, and the roots of a client.

    Attributes:
        sent: DER, leaf first.
        roots: DER.
        text: How it was drawn.
    """

    sent: tuple[bytes, ...]
    roots: tuple[bytes, ...]
    text: str


ROOT_FAULTS: Final = ("", "", "ended", "other key")


def tangle_of(issuer: str, links: list[Link], trusted: list[tuple[str, str]]) -> Tangle:
    """Make the certificates of a drawn tangle."""
    roots = tuple(root_of(*root) for root in dict.fromkeys(trusted))
    return Tangle((leaf_of(issuer), *map(der_of, links)), roots, f"{issuer}, {links}, {trusted}")


def draw(random: Random) -> Tangle:
    """
    Draw a tangle without hypothesis, for programs that take long to start and are asked about many at once.

    One certificate at most has name constraints. Java 17 to 25 throws a RuntimeException where it merges those of two,
    in `GeneralSubtrees` and `IPAddressName`.
    """
    pairs = [(name, by) for name in NAMES for by in NAMES if name != by]
    drawn = [Link(*random.choice(pairs), random.choice(FAULTS)) for _ in range(random.randint(1, 8))]
    constrained = [link for link in drawn if link.fault in CONSTRAINED][1:]
    links = [link for link in drawn if link not in constrained]
    trusted = [(random.choice(NAMES), random.choice(ROOT_FAULTS)) for _ in range(random.randint(1, 3))]
    return tangle_of(random.choice(NAMES), list(dict.fromkeys(links)), trusted)


def without_detours(pins: tuple[str, ...]) -> tuple[str, ...]:
    """Return the pins of a chain without those between two certificates of one key, which other verifiers may walk."""
    straight: list[str] = []
    for pin in pins:
        del straight[straight.index(pin) if pin in straight else len(straight) :]
        straight.append(pin)
    return tuple(straight)
