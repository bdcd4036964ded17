"""
The certificates and policies of every enforcement test.

The client trusts two roots, "good" and "rogue", so OpenSSL accepts a rogue server, and only the pins tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, KeyRole, Policy

if TYPE_CHECKING:
    from cryptography import x509

HOST = "localhost"  # the name that clients dial, and that most policies here pin
NAMES = (HOST, "127.0.0.1", "api.example.com")  # the names in all certificates, unless stated otherwise
OTHER_HOST = "other.example.com"


@dataclass(frozen=True)
class PKI:
    """
    The identities of the servers, and their authorities.

    ``good`` and ``rogue`` roots are trusted by the client, ``stranger`` is not. Chains are leaf, intermediate, root.

    Attributes:
        leaf: ``leaf > intermediate > root``; the key most policies pin.
        backup: As leaf, with the backup key.
        sibling: As leaf, with an unpinned key, as the authority would issue it to an attacker who took over the DNS.
        rogue: ``rogue > rogue_intermediate > rogue_root``, the chain of the attacker.
        wrong_name: The pinned key, certified by the good authority for `OTHER_HOST` only.
        other: The authority's genuine certificate for `OTHER_HOST`, with another key.
        untrusted: The pinned key, certified by an authority the client does not trust.
        expired: The pinned key in a certificate that ended yesterday.
        self_signed: The pinned key in a self-signed certificate.
    """

    root: Authority
    intermediate: Authority
    rogue_root: Authority
    rogue_intermediate: Authority
    stranger: Authority
    leaf: Identity
    backup: Identity
    sibling: Identity
    rogue: Identity
    wrong_name: Identity
    other: Identity
    untrusted: Identity
    expired: Identity
    self_signed: Identity

    @classmethod
    def generate(cls) -> PKI:
        """Make new keys and certificates."""
        root, rogue_root = Authority.root("Good Root"), Authority.root("Rogue Root")
        intermediate = root.intermediate("Good Intermediate")
        rogue_intermediate = rogue_root.intermediate("Rogue Intermediate")
        stranger = Authority.root("Stranger Root")
        leaf = intermediate.issue(*NAMES)
        yesterday = datetime.now(UTC) - timedelta(days=1)
        return cls(
            root=root,
            intermediate=intermediate,
            rogue_root=rogue_root,
            rogue_intermediate=rogue_intermediate,
            stranger=stranger,
            leaf=leaf,
            backup=intermediate.issue(*NAMES),
            sibling=intermediate.issue(*NAMES),
            rogue=rogue_intermediate.issue(*NAMES),
            wrong_name=intermediate.issue(OTHER_HOST, key=leaf.key),
            other=intermediate.issue(OTHER_HOST),
            untrusted=stranger.issue(*NAMES, key=leaf.key),
            expired=intermediate.issue(*NAMES, key=leaf.key, not_after=yesterday),
            self_signed=Identity.self_signed(*NAMES, key=leaf.key),
        )

    @property
    def trust(self) -> str:
        """The trust anchors of every client here, as PEM for ``cadata``."""
        return self.root.pem + self.rogue_root.pem

    @property
    def stuffed(self) -> tuple[x509.Certificate, ...]:
        """The rogue chain with the genuine leaf, intermediate and root appended, for ``presented=``."""
        return (*self.rogue.chain, *self.leaf.chain, self.root.certificate)

    def policy(self, **options: Any) -> Policy:  # noqa: ANN401 - options of HostPins
        """Return a policy that pins the leaf and the backup key for `HOST`; *options* are those of `HostPins`."""
        return policy_of(self.leaf, self.backup, **options)


def policy_of(*pinned: Identity | Authority, host: str = HOST, require_pins: bool = False, **options: Any) -> Policy:  # noqa: ANN401
    """Return a policy that pins the keys of *pinned* for *host*; *options* are those of `HostPins`."""
    return Policy((entry_of(*pinned, host=host, **options),), require_pins=require_pins)


def entry_of(*pinned: Identity | Authority, host: str = HOST, **options: Any) -> HostPins:  # noqa: ANN401
    """Return the entry that pins the keys of *pinned* for *host*; *options* are those of `HostPins`."""
    keys = tuple(key_of(identity, f"{host}-{number}") for number, identity in enumerate(pinned))
    return HostPins(host=host, keys=keys, **options)


def key_of(pinned: Identity | Authority, name: str) -> Key:
    """Return the key of *pinned* under this name; its role follows from its place in the chain."""
    role: KeyRole = "leaf"
    if isinstance(pinned, Authority):
        role = "root" if pinned.parent is None else "intermediate"
    return Key(name, Pin.parse(pinned.pin), role)
