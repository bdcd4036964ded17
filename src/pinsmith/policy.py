"""Which keys each host may present."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, get_args

from pinsmith.errors import PolicyError
from pinsmith.host import canonical_host, is_address
from pinsmith.pin import Pin, require_credible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

Mode = Literal["enforce", "report-only", "off"]
KeyRole = Literal["leaf", "intermediate", "root", "backup"]
Trust = Literal["verified", "pins-only"]

MODES: Final[tuple[str, ...]] = get_args(Mode)
KEY_ROLES: Final[tuple[str, ...]] = get_args(KeyRole)
TRUSTS: Final[tuple[str, ...]] = get_args(Trust)


@dataclass(frozen=True, slots=True)
class Key:
    """
    A key that some host may present.

    Attributes:
        name: What hosts refer to it by; unique in a policy.
        pin: Its pin.
        role: Where it stands in a chain; ``backup`` is a key that no served chain contains yet.
        algorithm: Such as ``EC P-256``; for people and for targets that cannot pin every algorithm.
        subject: The subject of its certificate, RFC 4514; for people.
        not_after: Last day of its certificate, UTC.
        certificate: Path of its PEM certificate, relative to the pin file.

    Raises:
        KnownBadPinError: no key can have that pin.
    """

    name: str
    pin: Pin
    role: KeyRole = "leaf"
    algorithm: str | None = None
    subject: str | None = None
    not_after: date | None = None
    certificate: str | None = None

    def __post_init__(self) -> None:
        require_credible(self.pin)


@dataclass(frozen=True, slots=True)
class TrustAnchor:
    """
    A certificate that the verified chain of a host must end in.

    Attributes:
        path: Its PEM file, as written in the pin file.
        pin: The pin of its key.
    """

    path: str
    pin: Pin


@dataclass(frozen=True)
class HostPins:
    """
    The entry of one host.

    Attributes:
        host: Canonical.
        keys: Any one of them must be in the verified chain.
        mode: ``report-only`` decides and reports but lets pass; ``off`` exempts the host.
        include_subdomains: Whether it covers every host below, at any depth.
        expires: From 00:00 UTC of that day the pins are no longer enforced.
        port: Where commands dial; pins hold for every port.
        report_uris: Where failures are reported.
        trust_anchors: If any: the verified chain must also end in one of these keys.
        trust: ``pins-only`` accepts a leaf that no authority vouches for, if its key is pinned.
        check_host_name: False only together with ``pins-only``.

    Raises:
        PolicyError: the values contradict each other.
    """

    host: str
    keys: tuple[Key, ...] = ()
    mode: Mode = "enforce"
    include_subdomains: bool = False
    expires: date | None = None
    port: int = 443
    report_uris: tuple[str, ...] = ()
    trust_anchors: tuple[TrustAnchor, ...] = ()
    trust: Trust = "verified"
    check_host_name: bool = True
    by_digest: dict[bytes, Key] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_digest", {key.pin.digest: key for key in self.keys})
        problem = _problem(self)
        if problem:
            raise PolicyError(f"{self.host}: {problem[0]}", hint=problem[1])


def _problem(entry: HostPins) -> tuple[str, str] | None:
    if entry.host != canonical_host(entry.host):
        return f"the host is not canonical, {canonical_host(entry.host)!r} expected", "use pinsmith.host.canonical_host"
    if not entry.keys and entry.mode != "off":
        return "no keys", 'name at least one key and a backup, or set mode = "off"'
    if entry.include_subdomains and is_address(entry.host):
        return "an IP address has no subdomains", "remove include-subdomains"
    if not entry.check_host_name and entry.trust != "pins-only":
        return (
            'check-host-name = false needs trust = "pins-only"',
            "a public authority vouches for names; without the name its chain proves nothing",
        )
    if entry.trust == "pins-only":
        if entry.mode == "report-only":
            return (
                'trust = "pins-only" and mode = "report-only" exclude each other',
                "report-only would let any certificate pass",
            )
        if entry.trust_anchors:
            return 'trust-anchors and trust = "pins-only" exclude each other', "remove one of them"
        chained = [key.name for key in entry.keys if key.role in ("intermediate", "root")]
        if chained:
            return (
                f'trust = "pins-only" matches leaf keys only, {chained[0]} is of role {dict((k.name, k.role) for k in entry.keys)[chained[0]]}',
                "pin the leaf's key, or verify the chain",
            )
    return None


@dataclass(frozen=True)
class Policy:
    """
    All hosts and their pins. Immutable; an edit makes a new one.

    Args:
        hosts: In the order of the file.
        keys: Every key, also those no host uses; hosts' keys are added if missing.
        require_pins: Refuse hosts that have no pins in force instead of letting them pass.

    Attributes:
        has_pins_only: Whether any host has ``trust = "pins-only"``.

    Raises:
        PolicyError: a host or a key name occurs twice with different values.
    """

    hosts: tuple[HostPins, ...] = ()
    keys: tuple[Key, ...] = ()
    require_pins: bool = False
    has_pins_only: bool = field(init=False, repr=False, compare=False)
    _by_host: dict[str, HostPins] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_host = {entry.host: entry for entry in self.hosts}
        if len(by_host) != len(self.hosts):
            twice = next(entry.host for entry in self.hosts if by_host[entry.host] is not entry)
            raise PolicyError(
                f"{twice} stands twice",
                hint="join the two entries: the most specific entry decides alone, there is no union",
            )
        by_name = {key.name: key for key in self.keys}
        for entry in self.hosts:
            for key in entry.keys:
                if by_name.setdefault(key.name, key) != key:
                    raise PolicyError(
                        f"the key name {key.name!r} means two different keys", hint="give each key its own name"
                    )
        object.__setattr__(self, "keys", tuple(by_name.values()))
        object.__setattr__(self, "_by_host", by_host)
        object.__setattr__(self, "has_pins_only", any(entry.trust == "pins-only" for entry in self.hosts))

    def find(self, host: str) -> HostPins | None:
        """
        Return the entry that covers the canonical *host*: the exact one, else the longest ancestor that includes subdomains.

        It says nothing about mode or expiry: an expired or switched-off entry is returned, and does not give way to a parent.
        """
        exact = self._by_host.get(host)
        if exact is not None:
            return exact
        if not is_address(host):
            # As pinsmith.host.ancestors, without a generator: this runs at every handshake.
            while "." in host:
                host = host.partition(".")[2]
                entry = self._by_host.get(host)
                if entry is not None and entry.include_subdomains:
                    return entry
        return None

    def __iter__(self) -> Iterator[HostPins]:
        return iter(self.hosts)
