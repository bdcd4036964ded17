"""
The types of scenarios: a scenario is a situation that a client can meet, with the behaviour of a correct pinner.

A scenario sets a `Stage` with servers and returns a `Scene`: the values for the client, the servers that it must reach,
and those that must not receive a byte. See `pinsmith.lab.scenarios` for the list.
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
The behaviour of a correct pinner.

``accept``: it gets a response and succeeds. ``refuse``: it fails, and the server does not receive a byte. ``withhold``:
the guarded servers do not receive a byte, whether it succeeds by another, correct way or fails.
"""

Profile = Literal["chain", "leaf"]
"""
The keys that a client compares with its pins: all keys of the verified chain, or only that of the leaf.
"""

Need = Literal["policy", "two-pins", "address", "proxy", "ipv6", "state", "h2", "pyopenssl"]
"""
A value that the client must get, or a condition of the machine.

``policy``: more than pins, such as an expiry date. ``two-pins``: also the backup pin. ``address``: the address of a
name that not every resolver knows. ``proxy``: an HTTP proxy. ``ipv6``: see
`pinsmith.lab.servers.dual_stack.meets_both`. ``state``: a folder for files between two starts. ``h2``: the library of
that name, with which the lab speaks HTTP/2. ``pyopenssl``: the library with which the lab renegotiates.
"""

Application = Literal["https", "smtp"]

BOTH_KEYS: Final[tuple[KeyKind, ...]] = ("ec-p256", "rsa-2048")
ALL_KEYS: Final[tuple[KeyKind, ...]] = ("ec-p256", "rsa-2048", "ec-p384", "ed25519")
BOTH_PROFILES: Final[frozenset[Profile]] = frozenset({"chain", "leaf"})
CHAIN_ONLY: Final[frozenset[Profile]] = frozenset({"chain"})


class Witness(Protocol):
    """A server of the lab that records the bytes of clients."""

    @property
    def connections(self) -> Sequence[object]:
        """Every connection so far."""
        ...

    @property
    def disclosed(self) -> bytes:
        """The bytes that a stranger must not get: application bytes, decrypted or sent in the clear."""
        ...

    @property
    def disclosed_size(self) -> int:
        """The number of these bytes. If there are many, `disclosed` holds only the first."""
        ...

    def wait_closed(self, timeout_seconds: float = ...) -> None:
        """Return when every connection has ended."""
        ...


class Addressee(Witness, Protocol):
    """A server that clients should send to."""

    @property
    def received_size(self) -> int:
        """The number of bytes that arrived correctly: inside TLS, if the server speaks it."""
        ...


@dataclass(frozen=True, slots=True)
class Pinning:
    """
    The pins for a client.

    Attributes:
        pins: The pins, ``sha256/...``, the most important one first.
        host: The host of the pins.
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
        """Return the text of a pins.toml."""
        hosts = (self, *self.others)
        names = {pin: f"key-{number}" for number, pin in enumerate(dict.fromkeys(_pins_of(hosts)), 1)}
        lines = ["version = 1", ""]
        for pin, name in names.items():
            # Every key has the role leaf, so that targets which check only the leaf can be attacked with other pins.
            lines += [f"[keys.{name}]", f'pin = "{pin}"', 'role = "leaf"', ""]
        for number, pin in enumerate(self.compromised, 1):
            lines += [f"[compromised.authority-{number}]", f'pin = "{pin}"', ""]
        for pinned in hosts:
            lines += _entry(pinned, names)
        return "\n".join(lines)


def _pins_of(hosts: Iterable[Pinning]) -> Iterator[str]:
    for pinned in hosts:
        yield from pinned.pins


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
    One start of the client, and the expected result.

    Attributes:
        expected: The behaviour of a correct pinner.
        pinning: The pins for the client.
        wanted: Servers of which one must receive a byte. Otherwise nothing is proven.
        guarded: Servers that must not receive a byte.
        may_stay_away: Whether a client that fails without a connection passes, because it refuses such names.
    """

    expected: Expected
    pinning: Pinning
    wanted: tuple[Addressee, ...] = ()
    guarded: tuple[Witness, ...] = ()
    may_stay_away: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """
    The situation of one trial.

    Attributes:
        acts: Usually one. The client is started once for each act, and the trial ends with the first failure.
        port: The port of the host.
        host: The host that the client asks for.
        address: The IP address to connect to for that host.
        path: The path of the URL.
        scheme: The scheme of the URL.
        proxy: The proxy that the client uses; None for none.
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
        """The URL that the client fetches."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    One scenario.

    Attributes:
        id: The id that users type; the name of its file.
        title: A noun phrase, for tables.
        expected: The behaviour of a correct pinner, in the last act.
        lacks: The ability that a failing client lacks; continues "it does not".
        source: The reason for the scenario: a CVE, a bug, a standard.
        set: Sets the stage.
        keys: The types of key with which it runs.
        profiles: The profiles of clients that it judges.
        needs: The values that the client must get; see `Need`.
        protocol: The protocol that the client must speak.
        slow: Whether a correct client must also wait. `pinsmith.lab.run.run` starts such trials first.
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
