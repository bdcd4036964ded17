"""Policies: the keys that each host may present."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, Literal, get_args

from pinsmith._port import MAX_PORT, is_port, parse_address
from pinsmith.authorities import compromised_keys
from pinsmith.certificate import Certificate
from pinsmith.errors import CompromisedAuthorityError, PolicyError
from pinsmith.host import canonical_host, is_address
from pinsmith.pin import Pin, require_credible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.certificate import Chain

Mode = Literal["enforce", "report-only", "off"]
KeyRole = Literal["leaf", "intermediate", "root", "unknown"]
Trust = Literal["verified", "pins-only"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
KEY_ROLES: Final[tuple[KeyRole, ...]] = get_args(KeyRole)
TRUSTS: Final[tuple[Trust, ...]] = get_args(Trust)


@dataclass(frozen=True, slots=True)
class Key:
    """
    A key that some host may present.

    Attributes:
        name: The name by which hosts refer to the key; unique in a policy.
        pin: The pin of the key.
        role:
            Whose key it is: that of a server (``leaf``) or of an authority. Backup is not a role, because it depends on
            the host (see `HostPins.has_backup`).
        algorithm: Algorithm and size, such as ``EC P-256``; for people, and for targets that cannot pin all algorithms.
        subject: The subject of its certificate, RFC 4514; for people.
        not_after: Last day of its certificate, UTC.
        certificate: Path of its PEM certificate, relative to the pin file.
        standby: Whether it was made in advance and no server presents it yet.

    Raises:
        KnownBadPinError: If no key can have that pin, or it is the key of a compromised authority.
        PolicyError: If the role is not one of `KeyRole`.
    """

    name: str
    pin: Pin
    role: KeyRole = "unknown"
    algorithm: str | None = None
    subject: str | None = None
    not_after: date | None = None
    certificate: str | None = None
    standby: bool = False

    def __post_init__(self) -> None:
        require_credible(self.pin)
        if self.role not in KEY_ROLES:
            raise PolicyError(
                f"the key {self.name!r} has the role {self.role!r}, which does not exist", hint=_one_of(KEY_ROLES)
            )

    @property
    def what(self) -> str:
        """The role in words, such as ``standby leaf``."""
        return f"standby {self.role}" if self.standby else self.role

    @property
    def is_authority(self) -> bool:
        """Whether it is known to be the key of an authority, intermediate or root."""
        return self.role in ("intermediate", "root")


@dataclass(frozen=True, slots=True)
class CompromisedKey:
    """
    A key that a pin file lists as compromised, so that it is never trusted.

    Attributes:
        name: The name of its owner in messages.
        pin: The pin of the key.
    """

    name: str
    pin: Pin


@dataclass(frozen=True, slots=True)
class TrustAnchor:
    """
    A certificate that the verified chain of a host must end in.

    Attributes:
        path: The path of its PEM file, as written in the pin file.
        pin: The pin of its key.
    """

    path: str
    pin: Pin


@dataclass(frozen=True)
class HostPins:
    """
    The entry of one host.

    Attributes:
        host: The canonical host.
        keys: At least one of these keys must be in the verified chain.
        mode: ``report-only`` reports a mismatch but does not refuse the connection; ``off`` exempts the host.
        include_subdomains: Whether the entry covers all subdomains too, at any depth.
        expires: From 00:00 UTC of that day the pins are no longer enforced.
        port: The port that commands connect to. The pins apply to every port.
        report_uris: The addresses to which failures are reported.
        trust_anchors: If there are any, the verified chain must also end in one of these keys.
        trust: ``pins-only`` accepts a leaf that no authority has signed, if its key is pinned.
        check_host_name: False only together with ``pins-only``.
        connect: Where commands connect to instead of asking DNS, as ``ADDRESS`` or ``ADDRESS:PORT``. Not for clients.
        cafile: The PEM file that commands trust instead of the system's authorities, relative to the pin file. Not for
            clients.

    Raises:
        PolicyError: If a value is unknown, or the values contradict each other.
        HostError: If *host* is not a host name or IP address.
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
    connect: str | None = None
    cafile: str | None = None
    by_digest: dict[bytes, Key] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_digest", {key.pin.digest: key for key in reversed(self.keys)})
        problem = _value_problem(self) or _problem(self)
        if problem:
            raise PolicyError(f"{self.host}: {problem[0]}", hint=problem[1])

    @property
    def has_backup(self) -> bool:
        """
        Whether the entry shows that one of its keys is a backup, which no server of the host presents.

        For all keys, only live chains can show this (`pinsmith.checks.live`). Without them, a standby key counts as a
        backup, and so does the root of a second authority, because a chain ends in one root.
        """
        return any(key.standby for key in self.keys) or sum(key.role == "root" for key in self.keys) > 1


def _value_problem(entry: HostPins) -> tuple[str, str] | None:
    # Types are not checked at run time, and an unknown mode would enforce nothing.
    if entry.mode not in MODES:
        return f"unknown mode {entry.mode!r}", _one_of(MODES)
    if entry.trust not in TRUSTS:
        return f"unknown trust {entry.trust!r}", _one_of(TRUSTS)
    # A datetime is an instance of date, but the two cannot be compared.
    if entry.expires is not None and type(entry.expires) is not date:
        return f"expires is {entry.expires!r}, but must be a date", "give the day from which pins are not enforced"
    if not is_port(entry.port):
        return f"port is {entry.port}, which is not a valid port", f"give a number from 1 to {MAX_PORT}"
    if entry.connect is not None:
        try:
            parse_address(entry.connect)
        except ValueError as error:
            return f"connect {entry.connect!r} {error}", "write an address such as 192.0.2.7:8443"
    return None


def _one_of(values: tuple[str, ...]) -> str:
    return "use one of " + ", ".join(values)


def _problem(entry: HostPins) -> tuple[str, str] | None:
    if entry.host != canonical_host(entry.host):
        return f"the host is not canonical: expected {canonical_host(entry.host)!r}", "use pinsmith.host.canonical_host"
    if not entry.keys and entry.mode != "off":
        return "the host has no keys", 'name at least one key and a backup, or set mode = "off"'
    if entry.include_subdomains and is_address(entry.host):
        return "an IP address has no subdomains", "remove include-subdomains"
    if entry.trust == "pins-only":
        return _pins_only_problem(entry)
    if not entry.check_host_name:
        return (
            'check-host-name = false needs trust = "pins-only"',
            "without the name, the chain of a public authority proves nothing",
        )
    return None


def _pins_only_problem(entry: HostPins) -> tuple[str, str] | None:
    if entry.mode == "report-only":
        return 'trust = "pins-only" and mode = "report-only" exclude each other', "it would let any certificate pass"
    if entry.trust_anchors:
        return 'trust-anchors and trust = "pins-only" exclude each other', "remove one of them"
    for key in entry.keys:
        if key.is_authority:
            return (
                f'trust = "pins-only" matches leaf keys only, but {key.name} has role = "{key.role}"',
                "pin the leaf's key, or verify the chain",
            )
    return None


@dataclass(frozen=True)
class Policy:
    """
    All hosts and their pins. A policy is immutable, so an edit creates a new one.

    Args:
        hosts: The entries, in the order of the file.
        keys: All keys, including those that no host uses. Missing keys of hosts are added.
        require_pins: Refuse hosts that have no pins in force instead of letting them pass.
        refuse_compromised:
            Refuse chains with a compromised key also for hosts that have no pins in force. For pinned hosts, such
            chains are always refused.
        compromised: Compromised keys besides those in `pinsmith.authorities`, such as stolen keys of your own.

    Attributes:
        has_pins_only: Whether any host has ``trust = "pins-only"``.

    Raises:
        PolicyError: If a host is listed twice, or two different keys have the same name.
        CompromisedAuthorityError: If a pinned key or trust anchor is among *compromised*.
    """

    hosts: tuple[HostPins, ...] = ()
    keys: tuple[Key, ...] = ()
    require_pins: bool = False
    refuse_compromised: bool = False
    compromised: tuple[CompromisedKey, ...] = ()
    has_pins_only: bool = field(init=False, repr=False, compare=False)
    _by_host: dict[str, HostPins] = field(init=False, repr=False, compare=False)
    _compromised: dict[bytes, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_host: dict[str, HostPins] = {}
        for entry in self.hosts:
            if entry.host in by_host:
                raise PolicyError(
                    f"{entry.host} is listed twice",
                    hint="merge the two entries, because only one entry can apply to a host",
                )
            by_host[entry.host] = entry
        by_name: dict[str, Key] = {}
        for key in itertools.chain(self.keys, *(entry.keys for entry in self.hosts)):
            if by_name.setdefault(key.name, key) != key:
                raise PolicyError(
                    f"the key name {key.name!r} means two different keys", hint="give each key its own name"
                )
        object.__setattr__(self, "keys", tuple(by_name.values()))
        object.__setattr__(self, "_by_host", by_host)
        object.__setattr__(self, "has_pins_only", any(entry.trust == "pins-only" for entry in self.hosts))
        self._forbid_compromised()

    def _forbid_compromised(self) -> None:
        own = {key.pin.digest: key.name for key in self.compromised}
        if own:
            anchors = (anchor.pin for entry in self.hosts for anchor in entry.trust_anchors)
            for pin in itertools.chain((key.pin for key in self.keys), anchors):
                if pin.digest in own:
                    raise CompromisedAuthorityError(str(pin), own[pin.digest])
        known = {digest: str(key) for digest, key in compromised_keys().items()}
        object.__setattr__(self, "_compromised", known | own)

    def compromised_in(self, chain: Chain) -> str | None:
        """
        Return the owner of the first compromised key in *chain*, leaf first; None if the chain contains none.

        Source:
            `pinsmith.authorities` and the policy's own list.
        """
        for certificate in chain:
            if isinstance(certificate, Certificate) and certificate.pin.digest in self._compromised:
                return self._compromised[certificate.pin.digest]
        return None

    def find(self, host: str) -> HostPins | None:
        """
        Return the entry that covers *host*.

        That is the entry of *host* itself, or else that of the longest parent that includes subdomains. *host* must be
        canonical. Mode and expiry are ignored: an entry that is expired or off is returned, and no parent replaces it.
        """
        exact = self._by_host.get(host)
        if exact is not None:
            return exact
        if not is_address(host):
            # Like pinsmith.host.ancestors, but without a generator, because this runs at every handshake.
            while "." in host:
                host = host.partition(".")[2]
                entry = self._by_host.get(host)
                if entry is not None and entry.include_subdomains:
                    return entry
        return None

    def entry_of(self, host: str) -> HostPins | None:
        """Return the entry of the canonical *host* itself, not that of a parent."""
        return self._by_host.get(host)

    def __iter__(self) -> Iterator[HostPins]:
        return iter(self.hosts)
