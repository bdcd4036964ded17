"""The keys and authorities that the scenarios of one run share, made once for each type of key."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Unpack

from pinsmith.lab.pki import key as keys, mint
from pinsmith.lab.pki.authority import Authority

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from cryptography import x509

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.pki.key import KeyKind, PrivateKey

HOST: Final = "localhost"
"""The host that scenarios pin. It is on the loopback for every client and resolver."""

SUBDOMAIN: Final = "api.localhost"
"""A subdomain of it. Not every resolver knows it, so a client needs the address to connect to."""

OTHER_HOST: Final = "127.0.0.1"
"""A host that scenarios do not pin by default."""

LAB_DOMAIN: Final = "lab.example.com"
"""The domain below which each scenario has its own host, behind the proxy of `pinsmith lab serve`."""

LAB_LIFE: Final = timedelta(days=30)
"""How long the authorities of that domain are valid, because devices trust them."""

PRIVATE_KEYS: Final = ("root", "intermediate", "rogue_root", "key", "backup_key", "wrong_key")
"""The names of the private keys of a `LabPKI`."""


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
        other: The host that scenarios do not pin; empty for a default.
        stranger: A name for which the authorities may issue certificates, and which no scenario uses.
        leaves: The certificates of the host by host and pin. They are issued once, because some clients compare whole
            certificates.
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
    other: str = ""
    stranger: str = "another.example.com"
    leaves: MutableMapping[tuple[str, str], x509.Certificate] = field(default_factory=dict)

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

    @classmethod
    def of_domain(cls, kind: KeyKind, made: Mapping[str, PrivateKey] | None = None) -> LabPKI:
        """
        Make authorities that may certify only `LAB_DOMAIN` and its subdomains, for `LAB_LIFE`.

        Args:
            kind: The type of all keys.

            made: The keys, by the names in `PRIVATE_KEYS`; new ones by default.
        """
        made = made or {name: keys.generate(kind) for name in PRIVATE_KEYS}
        ends = datetime.now(UTC).replace(microsecond=0) + LAB_LIFE
        # Verifiers need not read the extensions of a root (RFC 5280 section 6.1.1), so the intermediate has them too.
        only = mint.only_below(LAB_DOMAIN)
        root = Authority.root("Lab Root", key=made["root"], not_after=ends, extensions=only)
        return cls(
            kind,
            root,
            root.intermediate("Lab Intermediate", key=made["intermediate"], not_after=ends, extensions=only),
            Authority.root("Rogue Root", key=made["rogue_root"], not_after=ends, extensions=only),
            made["key"],
            made["backup_key"],
            made["wrong_key"],
            host=LAB_DOMAIN,
            stranger=f"another.{LAB_DOMAIN}",
        )

    def for_scenario(self, scenario_id: str) -> LabPKI:
        """Return the same keys and authorities for the host that a scenario has below `LAB_DOMAIN`."""
        return replace(self, host=f"{scenario_id}.{LAB_DOMAIN}", other=f"{scenario_id}-other.{LAB_DOMAIN}")

    @property
    def private_keys(self) -> dict[str, PrivateKey]:
        """The private keys by the names in `PRIVATE_KEYS`. Never log them."""
        own = (self.root.key, self.intermediate.key, self.rogue_root.key, self.key, self.backup_key, self.wrong_key)
        return dict(zip(PRIVATE_KEYS, own, strict=True))

    @property
    def subdomain(self) -> str:
        """A subdomain of the pinned host; `SUBDOMAIN` for `HOST`."""
        return f"api.{self.host}"

    @property
    def other_host(self) -> str:
        """A host that scenarios do not pin by default; `OTHER_HOST` for `HOST`."""
        return self.other or next(host for host in (*self.also, OTHER_HOST, HOST) if host != self.host)

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the certificates of the host."""
        return self.host, *self.also

    def genuine(self, *names: str, **options: Unpack[mint.LeafOptions]) -> Identity:
        """Issue the certificate that the host presents; for `host`, or for *names*."""
        if names or options:
            return self.intermediate.issue(*(names or self.names), key=self.key, **options)
        return self._own_leaf(self.key)

    def rekeyed(self, key: PrivateKey | KeyKind, *names: str) -> Identity:
        """Issue the certificate that the host would present with another *key*. This is not an attack."""
        return self.intermediate.issue(*names, key=key) if names else self._own_leaf(keys.private_of(key))

    def _own_leaf(self, private: PrivateKey) -> Identity:
        issued = self.intermediate.issue(*self.names, key=private)
        return replace(issued, certificate=self.leaves.setdefault((self.host, issued.pin), issued.certificate))

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
