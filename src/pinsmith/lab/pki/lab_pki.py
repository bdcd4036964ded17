"""The keys and authorities that the scenarios of one run share, made once for each type of key."""

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
"""The host that scenarios pin. It is on the loopback for every client and resolver."""

SUBDOMAIN: Final = "api.localhost"
"""A subdomain of it. Not every resolver knows it, so a client needs the address to connect to."""

OTHER_HOST: Final = "127.0.0.1"
"""A host that scenarios do not pin by default."""


@dataclass(frozen=True, eq=False)
class LabPKI:
    """
    Two authorities that the client trusts, one of them deceived, and the keys of a host.

    ::

        Lab Root (trusted)                    Rogue Root (also trusted: a deceived CA)
        └── Lab Intermediate                  └── impostor()   another key for the same host
            └── genuine()   the key of the host

    Attributes:
        key: The key of the host.
        backup_key: The standby key of the host. No server has it, unless a scenario rotates to it.
        wrong_key: The key of the impostor.
        host: The host that is pinned, an A-label or an IP address.
        also: Further names in its certificates, such as the address of the server.
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
        """Make new keys, all of one type."""
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
        """A subdomain of the pinned host; `SUBDOMAIN` for `HOST`."""
        return f"api.{self.host}"

    @property
    def other_host(self) -> str:
        """A host that scenarios do not pin by default; `OTHER_HOST` for `HOST`."""
        return next(host for host in (*self.also, OTHER_HOST, HOST) if host != self.host)

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the certificates of the host."""
        return self.host, *self.also

    def genuine(self, *names: str, **options: Unpack[mint.LeafOptions]) -> Identity:
        """Issue the certificate that the host presents; for `host`, or for *names*."""
        return self.intermediate.issue(*(names or self.names), key=self.key, **options)

    def rekeyed(self, key: PrivateKey | KeyKind, *names: str) -> Identity:
        """Issue the certificate that the host would present with another *key*. This is not an attack."""
        return self.intermediate.issue(*(names or self.names), key=key)

    def impostor(self, *names: str, **options: Unpack[mint.LeafOptions]) -> Identity:
        """Issue the certificate of a machine in the middle, under an authority that the client trusts."""
        return self.rogue_root.issue(*(names or self.names), key=self.wrong_key, **options)

    @property
    def trusted_pem(self) -> str:
        """The trust anchors of the client: both roots."""
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
    """PKIs by type of key, made on first use. Thread-safe."""

    _made: dict[KeyKind, LabPKI] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, kind: KeyKind) -> LabPKI:
        """Return the PKI for a type of key."""
        with self._lock:
            if kind not in self._made:
                self._made[kind] = LabPKI.of_kind(kind)
            return self._made[kind]


def _pin(private: PrivateKey) -> str:
    return keys.pin_of(keys.spki_of(private.public_key()))
