"""
Choose which keys of a host to pin, by one of four strategies. They differ in what they protect from.

* ``own-key`` pins the server's own key. Strongest, and the holder of the key decides alone when it changes.
* ``ca-set`` pins the roots of public authorities. For hosts whose keys somebody else makes, such as a CDN.
* ``intermediate`` pins the authority that issued the certificate. Public authorities replace intermediates without
  notice, so for their hosts it needs a consent.
* ``private-ca`` pins the root of an authority of one's own.

No socket, no file, no clock: chains are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from pinsmith._slug import slug
from pinsmith.authorities import find, key_name, vouched
from pinsmith.authorities.advice import advice_for
from pinsmith.certificate import Certificate
from pinsmith.errors import CertificateError, PolicyError
from pinsmith.host import is_address
from pinsmith.policy import Key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pinsmith.certificate import Chain
    from pinsmith.pin import Pin
    from pinsmith.policy import KeyRole

Strategy = Literal["own-key", "ca-set", "intermediate", "private-ca"]
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)

_WHY: Final[dict[Strategy, str]] = {
    "own-key": (
        "pinned the server's own key, so that no other authority and no stolen intermediate can impersonate the host. "
        "The pin survives a renewal only if the key stays the same: renew with the same key, and switch to the backup "
        "key only on purpose"
    ),
    "ca-set": (
        "pinned the root of the authority, so that the server may change its key at any renewal. "
        "Clients accept every certificate that this authority issues for the host. A change of authority locks "
        "clients out, unless its root was pinned before"
    ),
    "intermediate": (
        "pinned the authority that issued the certificate, so that the server may change its key at any renewal. "
        "Clients accept every certificate that this intermediate issues for the host. If the authority issues the next "
        "certificate with another intermediate, that locks clients out, unless a backup was pinned before"
    ),
    "private-ca": (
        "pinned the root of your own authority, because only you decide what it signs. "
        "Server keys may change freely, but anybody who has the authority's key can impersonate the host"
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """
    The keys to pin for one host.

    Attributes:
        keys: Without backup keys.
        certificates: The certificate of each key.
        why: One paragraph for people.
        warnings: One sentence for each thing that is likely to go wrong.
    """

    keys: tuple[Key, ...]
    certificates: tuple[Certificate, ...]
    why: str
    warnings: tuple[str, ...] = ()


Consent = Literal["public-intermediate", "inspected"]


def choose(
    strategy: Strategy,
    host: str,
    chains: Sequence[Chain],
    taken: Collection[Key] = (),
    beside: Collection[str] = (),
    *,
    accepted: Collection[Consent] = (),
) -> Choice:
    """
    Choose the keys of *host* to pin.

    Args:
        strategy: See the module.

        host: Canonical.

        chains:
            The verified chains, leaf first, one per address and key type of the host. Only with ``own-key``, and only
            if no authority vouches for the host, may they be the presented ones.

        taken: Keys that have names already; a key among them keeps its name, and no other gets it.

        beside: Canonical hosts that are pinned too; see `label`.

        accepted: ``public-intermediate`` allows the strategy ``intermediate`` for hosts of public authorities.

    Raises:
        PolicyError: If the chains hold no such key, or a consent is missing.
    """
    if strategy == "intermediate" and "public-intermediate" not in accepted:
        for chain in chains:
            _require_private(host, chain)
    names = _Names(taken, beside)
    found: dict[Pin, Key] = {}
    certificates: dict[Pin, Certificate] = {}
    for chain in chains:
        certificate, role = _pick(strategy, host, chain)
        certificates.setdefault(certificate.pin, certificate)
        found.setdefault(certificate.pin, names.key_of(certificate, role, host))
    leaves = [chain.leaf for chain in chains if chain.leaf is not None]
    return Choice(
        tuple(found.values()),
        tuple(certificates.values()),
        _WHY[strategy],
        tuple(_warnings(strategy, leaves, found.values())),
    )


def free_name(stem: str, host: str, taken: Collection[Key]) -> str:
    """Make a name for a key of *host* out of *stem*; none of *taken* has it."""
    return _Names(taken).free(slug(stem), host)


def label(host: str, beside: Collection[str] = ()) -> str:
    """
    Shorten the canonical *host* to its first label, fit for a key's name; an IP address is kept whole.

    It is also kept whole if another host *beside* it has the same first label, so that the names of keys do not depend
    on the order of the hosts.
    """
    first = host.partition(".")[0]
    is_shared = any(other != host and other.partition(".")[0] == first for other in beside)
    return slug(host if is_shared or is_address(host) else first)


def _pick(strategy: Strategy, host: str, chain: Chain) -> tuple[Certificate, KeyRole]:
    if strategy == "own-key":
        if chain.leaf is None:
            raise PolicyError(f"{host} presented no certificate that can be read")
        return chain.leaf, "leaf"
    if strategy == "intermediate":
        return _issuer(host, chain), "intermediate"
    last = chain.certificates[-1] if len(chain) > 1 else None
    if not isinstance(last, Certificate):
        raise PolicyError(
            f"{host} has no authority above its certificate to pin",
            hint="pin its own key: --strategy own-key",
        )
    return last, chain.role(len(chain) - 1)


def _issuer(host: str, chain: Chain) -> Certificate:
    issuer = chain.certificates[1] if len(chain) > 2 else None  # noqa: PLR2004 - leaf, intermediate, root
    if not isinstance(issuer, Certificate):
        raise PolicyError(
            f"{host} has no intermediate between its certificate and the root of its authority",
            hint="pin the root: --strategy ca-set, or --strategy private-ca if the authority is yours",
        )
    return issuer


def _require_private(host: str, chain: Chain) -> None:
    """Raise if an authority of *chain* is public, because it may replace its intermediates at any time."""
    known = [link for link in chain.certificates[1:] if isinstance(link, Certificate) and find(link.pin)]
    if not known:
        return
    advice = advice_for(chain.leaf) if chain.leaf else None
    raise PolicyError(
        f"{host} has a certificate of a public authority, which may issue the next one with another intermediate, "
        "without notice: clients would be locked out",
        details=[f"the authority says: {advice.ca_set} ({advice.source})"] if advice else (),
        hint="pin roots with --strategy ca-set; if you accept such a lock-out, add --accept public-intermediate",
    )


def _warnings(strategy: Strategy, leaves: Sequence[Certificate], keys: Collection[Key]) -> Iterator[str]:
    for key in keys:
        if signer := vouched(key.pin):
            yield f"the pin {key.name} may let attackers in: {signer.why} ({signer.source}); pin another authority"
    seen = {advice.id: advice for leaf in leaves if (advice := advice_for(leaf))}
    for advice in seen.values():
        yield f"{advice.own_key if strategy == 'own-key' else advice.ca_set} ({advice.source})"
    if strategy == "private-ca" and seen:
        yield "this authority is public, so anybody can get a certificate from it: use --strategy ca-set"
    if strategy in {"ca-set", "intermediate"}:
        yield "clients may build another chain, for example if a root is cross-signed: test with your clients"
    if strategy == "own-key" and len(keys) > 1:
        yield f"the addresses and key types of this host present {len(keys)} different keys; all are pinned"


class _Names:
    """Gives names to keys: short, readable in a diff, and each only once."""

    def __init__(self, taken: Collection[Key], beside: Collection[str] = ()) -> None:
        self._beside = beside
        self._by_pin = {key.pin: key for key in taken}
        self._names = {key.name for key in taken}

    def key_of(self, certificate: Certificate, role: KeyRole, host: str) -> Key:
        known = self._by_pin.get(certificate.pin)
        if known is not None:
            return known
        year = certificate.not_before.year
        stem = (
            f"{label(host, self._beside)}-{year}"
            if role == "leaf"
            else slug(_common_name(certificate)) or f"authority-{year}"
        )
        authority = find(certificate.pin) if role != "leaf" else None
        stem = key_name(authority) if authority else stem
        key = Key(
            self.free(stem, host),
            certificate.pin,
            authority.role if authority else role,
            algorithm=certificate.algorithm,
            subject=certificate.subject or None,
            not_after=certificate.not_after.date(),
        )
        self._by_pin[key.pin] = key
        return key

    def free(self, stem: str, host: str) -> str:
        longer = stem if stem.startswith(slug(host)) else stem.replace(label(host), slug(host), 1)
        candidates = [stem, longer]
        name = next((candidate for candidate in candidates if candidate not in self._names), None)
        number = 2
        while name is None:
            name = f"{stem}-{number}" if f"{stem}-{number}" not in self._names else None
            number += 1
        self._names.add(name)
        return name


def _common_name(certificate: Certificate) -> str:
    from cryptography.x509.oid import NameOID

    try:
        attributes = certificate.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except (CertificateError, ValueError):
        return ""
    return str(attributes[0].value) if attributes else ""
