"""
One situation a client can meet, and what a correct pinner makes of it.

A scenario sets a `Stage` with servers and returns a `Scene`: what the client is told, and which servers it must reach
or must not send a byte to. See `pinsmith.lab.scenarios` for all of them.
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from pinsmith.lab.pki.lab_pki import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.proxy.connect import ConnectProxy
    from pinsmith.lab.stage import Stage
    from pinsmith.policy import Mode

Expected = Literal["accept", "refuse", "withhold"]
"""
What a correct pinner does.

``accept``: it gets its answer and ends well. ``refuse``: it fails, and the server reads not one byte. ``withhold``:
however it ends, the guarded servers read not one byte; it may find another, lawful way.
"""

Profile = Literal["chain", "leaf"]
"""
What a client compares with its pins: any key of the verified chain, or the leaf's alone.
"""

Need = Literal["policy", "two-pins", "address", "proxy", "ipv6", "state", "h2", "pyopenssl"]
"""
What a scenario must be able to tell the client, or to find on the machine.

``policy``: more than pins, such as an expiry. ``two-pins``: the backup pin too. ``address``: where to dial, for a name
that no resolver knows. ``proxy``: an HTTP proxy. ``ipv6``: see `pinsmith.lab.servers.dual_stack.meets_both`.
``state``: a folder to keep things in between two starts. ``h2``: the library of that name, with which the lab speaks
HTTP/2. ``pyopenssl``: another, with which it renegotiates.
"""

Application = Literal["https", "smtp"]

BOTH_KEYS: Final[tuple[KeyKind, ...]] = ("ec-p256", "rsa-2048")
ALL_KEYS: Final[tuple[KeyKind, ...]] = ("ec-p256", "rsa-2048", "ec-p384", "ed25519")
BOTH_PROFILES: Final[frozenset[Profile]] = frozenset({"chain", "leaf"})
CHAIN_ONLY: Final[frozenset[Profile]] = frozenset({"chain"})


class Witness(Protocol):
    """A server of the lab that tells what clients sent to it."""

    @property
    def connections(self) -> Sequence[object]:
        """Every connection so far."""
        ...

    @property
    def disclosed(self) -> bytes:
        """What a stranger must not get: application bytes, decrypted, or sent to it in the clear."""
        ...

    @property
    def disclosed_size(self) -> int:
        """How many bytes that is; of much, `disclosed` is only the beginning."""
        ...

    def wait_closed(self, timeout_seconds: float = ...) -> None:
        """Return once every connection has ended."""
        ...


class Addressee(Witness, Protocol):
    """A server that clients are to talk to."""

    @property
    def received_size(self) -> int:
        """How many bytes arrived as they should: inside TLS, if the server speaks it."""
        ...


@dataclass(frozen=True, slots=True)
class Pinning:
    """
    What the client is told to pin.

    Attributes:
        pins: ``sha256/...``, the important one first.
        host: Whose pins they are.
        mode: As in a pin file.
        include_subdomains: As in a pin file.
        expires: As in a pin file.
        others: Further hosts of the same pin file.
        compromised: Pins of keys that no chain may contain, as in a pin file.
    """

    pins: tuple[str, ...]
    host: str = HOST
    mode: Mode = "enforce"
    include_subdomains: bool = False
    expires: date | None = None
    others: tuple[Pinning, ...] = ()
    compromised: tuple[str, ...] = ()

    def pin_file(self) -> str:
        """Write it as a pins.toml."""
        hosts = (self, *self.others)
        names = {pin: f"key-{number}" for number, pin in enumerate(dict.fromkeys(_pins_of(hosts)), 1)}
        lines = ["version = 1", ""]
        for pin, name in names.items():
            # Every key is called a leaf, so that targets that look at the leaf alone can be attacked with other pins.
            lines += [f"[keys.{name}]", f'pin = "{pin}"', 'role = "leaf"', ""]
        for number, pin in enumerate(self.compromised, 1):
            lines += [f"[compromised.authority-{number}]", f'pin = "{pin}"', ""]
        for each in hosts:
            lines += _entry(each, names)
        return "\n".join(lines)


def _pins_of(hosts: Iterable[Pinning]) -> Iterator[str]:
    for each in hosts:
        yield from each.pins


def _entry(host: Pinning, names: Mapping[str, str]) -> list[str]:
    keys = ", ".join(f'"{names[pin]}"' for pin in host.pins)
    lines = ["[[host]]", f'name = "{host.host}"', f"keys = [{keys}]", f'mode = "{host.mode}"']
    if host.include_subdomains:
        lines.append("include-subdomains = true")
    if host.expires is not None:
        lines.append(f"expires = {host.expires.isoformat()}")
    return [*lines, ""]


@dataclass(frozen=True, slots=True)
class Act:
    """
    One start of the client, and what must come of it.

    Attributes:
        expected: What a correct pinner does.
        pinning: What it is told to pin.
        wanted: Servers one of which must read a byte, or else nothing is proven.
        guarded: Servers that must not read a byte.
        may_stay_away: Whether a client that fails without a connection has refused, because it takes no such name.
    """

    expected: Expected
    pinning: Pinning
    wanted: tuple[Addressee, ...] = ()
    guarded: tuple[Witness, ...] = ()
    may_stay_away: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """
    What one client meets.

    Attributes:
        acts: Mostly one; the client is started once for each, and the trial ends with the first that fails.
        port: Where the host is served.
        host: What the client asks for.
        address: What it dials for that host.
        path: The path of the URL.
        scheme: Of the URL.
        proxy: The proxy it is told to use.
    """

    acts: tuple[Act, ...]
    port: int
    host: str = HOST
    address: str = "127.0.0.1"
    path: str = "/"
    scheme: str = "https"
    proxy: ConnectProxy | None = None

    @property
    def url(self) -> str:
        """What the client fetches."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    One scenario, a member of the family.

    Attributes:
        id: As users type it; the name of its file.
        title: A noun phrase, for tables.
        expected: What a correct pinner does, in the last act.
        lacks: What a client that fails it lacks; continues "it does not".
        source: What it stands for: a CVE, a bug, a standard.
        set: Sets the stage.
        keys: The kinds of key it runs with.
        profiles: Which clients it judges.
        needs: What the client must be given; see `Need`.
        protocol: What the client must speak.
        slow: Whether even a correct client must wait here; `pinsmith.lab.run.run` starts such trials first.
    """

    id: str
    title: str
    expected: Expected
    lacks: str
    source: str
    set: Callable[[Stage], Scene]
    keys: tuple[KeyKind, ...] = BOTH_KEYS
    profiles: frozenset[Profile] = BOTH_PROFILES
    needs: frozenset[Need] = frozenset()
    protocol: Application = "https"
    slow: bool = False

    @property
    def description(self) -> str:
        """The published description, with the chain drawn: the docstring of its file."""
        return inspect.getdoc(sys.modules[self.set.__module__]) or ""

    @property
    def plain_description(self) -> str:
        """The description without the mark of reStructuredText that introduces a drawing."""
        return self.description.replace("\n\n::\n\n", "\n\n")
