"""The keys and authorities that the scenarios of one run share, made once for each kind of key."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Unpack

from pinsmith.lab.pki import key as keys, mint
from pinsmith.lab.pki.authority import Authority

if TYPE_CHECKING:
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.pki.key import KeyKind, PrivateKey

HOST: Final = "localhost"
"""The host that scenarios pin: it is on the loopback for every client, whatever its resolver."""

SUBDOMAIN: Final = "api.localhost"
"""A host below it. Not every resolver knows it, so a client must be told where to dial."""

OTHER_HOST: Final = "127.0.0.1"
"""A host that no scenario pins unless it says so."""


@dataclass(frozen=True, eq=False)
class LabPKI:
    """
    Two authorities that the client trusts, one of them deceived, and the keys of a host.

    ::

        Lab Root (trusted)                    Rogue Root (trusted as well: a deceived CA)
        └── Lab Intermediate                  └── impostor()   another key for the same host
            └── genuine()   the key of the host

    Attributes:
        key: Of the host.
        backup_key: The standby key of the host; served by nobody, unless a scenario rotates to it.
        wrong_key: Of the impostor.
        host: The host that is pinned, an A-label or an IP address.
        also: What else its certificates name, such as the address at which it is served.
    """

    kind: KeyKind
    root: Authority
    intermediate: Authority
    rogue_root: Authority
    key: PrivateKey
    backup_key: PrivateKey
    wrong_key: PrivateKey
    host: str = HOST
    also: tuple[str, ...] = ()

    @classmethod
    def of_kind(cls, kind: KeyKind, host: str = HOST, also: tuple[str, ...] = ()) -> LabPKI:
        """Make every key afresh, all of one *kind*."""
        root = Authority.root("Lab Root", key=kind)
        return cls(
            kind,
            root,
            root.intermediate("Lab Intermediate", key=kind),
            Authority.root("Rogue Root", key=kind),
            key=keys.generate(kind),
            backup_key=keys.generate(kind),
            wrong_key=keys.generate(kind),
            host=host,
            also=also,
        )

    @property
    def subdomain(self) -> str:
        """A host below the pinned one; `SUBDOMAIN` for `HOST`."""
        return f"api.{self.host}"

    @property
    def other_host(self) -> str:
        """A host that no scenario pins unless it says so; `OTHER_HOST` for `HOST`."""
        return next(each for each in (*self.also, OTHER_HOST, HOST) if each != self.host)

    @property
    def names(self) -> tuple[str, ...]:
        """What the certificates of the host name."""
        return self.host, *self.also

    def genuine(self, *names: str, **options: Unpack[mint.LeafOptions]) -> Identity:
        """Issue what the host itself presents; for `host` unless *names* say otherwise."""
        return self.intermediate.issue(*(names or self.names), key=self.key, **options)

    def rekeyed(self, key: PrivateKey | KeyKind, *names: str) -> Identity:
        """Issue what the host would present if it had another *key*; no attack, only another key."""
        return self.intermediate.issue(*(names or self.names), key=key)

    def impostor(self, *names: str, **options: Unpack[mint.LeafOptions]) -> Identity:
        """Issue what a machine in the middle presents, under an authority that the client trusts."""
        return self.rogue_root.issue(*(names or self.names), key=self.wrong_key, **options)

    @property
    def trusted_pem(self) -> str:
        """What the client trusts: both roots."""
        return self.root.pem + self.rogue_root.pem

    @property
    def pin(self) -> str:
        """The pin of the host's key, ``sha256/...``."""
        return _pin(self.key)

    @property
    def backup_pin(self) -> str:
        """The pin of the standby key."""
        return _pin(self.backup_key)


@dataclass(eq=False)
class PKICache:
    """PKIs by kind of key, made when first asked for. Safe in threads."""

    _made: dict[KeyKind, LabPKI] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, kind: KeyKind) -> LabPKI:
        """Return the PKI of *kind*."""
        with self._lock:
            if kind not in self._made:
                self._made[kind] = LabPKI.of_kind(kind)
            return self._made[kind]


def _pin(private: PrivateKey) -> str:
    return keys.pin_of(keys.spki_of(private.public_key()))
