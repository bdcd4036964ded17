"""
Compare two hosts, or two days of one host: side by side, with a sentence for each subject.

No socket, no file, no clock: chains are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate, Chain
from pinsmith.certificate.link import attempt
from pinsmith.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pinsmith.probe import Fetched

_SENTENCES: Final = {
    "certificate": (
        "Both present the same certificate.",
        "The certificates differ. That alone matters only to clients that compare whole certificates.",
    ),
    "issuer": ("The same issuer has signed both certificates.", "Different issuers have signed the certificates."),
    "chain": (
        "Both chains contain the same authorities.",
        "The chains contain different authorities, which matters to clients that pin an authority.",
    ),
    "tls": ("Both speak the same version of TLS.", "They speak different versions of TLS."),
}


@dataclass(frozen=True, slots=True)
class Side:
    """
    One side of a comparison: every different value at any address, in the order seen.

    Attributes:
        keys: The pin and the algorithm of each leaf.
        certificates: The SHA-256 of each leaf.
        validity: The first and the last day of each leaf.
        issuers: The issuer of each leaf.
        chain: The subject and the pin of each certificate above.
        tls_versions: Those that were spoken; None if they were not recorded.
        ends: The time when the first of the leaves ends; None if it cannot be read.
    """

    keys: tuple[str, ...]
    certificates: tuple[str, ...]
    validity: tuple[str, ...]
    issuers: tuple[str, ...]
    chain: tuple[str, ...]
    tls_versions: tuple[str, ...] | None
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One subject of a comparison.

    Attributes:
        subject: In words.
        first: The values of the first side.
        second: The values of the second side.
        sentence: The meaning for clients.
    """

    subject: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    sentence: str

    @property
    def same(self) -> bool:
        """Whether both sides have the same values."""
        return set(self.first) == set(self.second)


def side_of_fetched(outcomes: Sequence[Fetched]) -> Side:
    """Sum up what a host presents; the verified chain counts where there is one."""
    chains = (outcome.verified or outcome.presented for outcome in outcomes)
    return _side(chains, _different(outcome.tls_version for outcome in outcomes))


def side_of_stored(chains: Iterable[Sequence[str]], ders: Mapping[str, bytes]) -> Side:
    """
    Sum up what a host presented earlier.

    Args:
        chains: The SHA-256 of the certificates of each chain, leaf first.

        ders: The certificates by SHA-256; one that is missing is left out.
    """
    return _side((Chain.of_der(ders[name] for name in chain if name in ders) for chain in chains), None)


def compare(first: Side, second: Side) -> list[Difference]:
    """Say what differs, and what that means for clients that pin one of the sides."""
    if first.tls_versions is None or second.tls_versions is None:
        one, other = (side.tls_versions or ("not recorded",) for side in (first, second))
        tls = Difference("TLS version", one, other, "The version of TLS is not recorded for past days.")
    else:
        tls = _difference("TLS version", "tls", first.tls_versions, second.tls_versions)
    return [
        Difference("Key of the server", first.keys, second.keys, _of_keys(set(first.keys), set(second.keys))),
        _difference("Certificate", "certificate", first.certificates, second.certificates),
        Difference("Validity", first.validity, second.validity, _of_validity(first.ends, second.ends)),
        _difference("Issuer", "issuer", first.issuers, second.issuers),
        _difference("Authorities of the chain", "chain", first.chain, second.chain),
        tls,
    ]


def _side(chains: Iterable[Chain], tls_versions: tuple[str, ...] | None) -> Side:
    known = list(chains)
    leaves = [chain.leaf for chain in known if chain.leaf is not None]
    above = [link for chain in known for link in list(chain)[1:] if isinstance(link, Certificate)]
    return Side(
        keys=_different(f"{leaf.pin} ({leaf.algorithm})" for leaf in leaves),
        certificates=_different(leaf.sha256 for leaf in leaves),
        validity=_different(map(_validity, leaves)),
        issuers=_different(map(_issuer, leaves)),
        chain=_different(f"{_subject(link)}, {link.pin}" for link in above),
        tls_versions=tls_versions,
        ends=min((end for end in map(_end, leaves) if end is not None), default=None),
    )


def _difference(subject: str, kind: str, first: tuple[str, ...], second: tuple[str, ...]) -> Difference:
    same, other = _SENTENCES[kind]
    return Difference(subject, first, second, same if set(first) == set(second) else other)


def _of_keys(first: set[str], second: set[str]) -> str:
    if first == second:
        return "Both present the same keys, so the same pins fit both."
    if first & second:
        return "Some keys are the same. Clients that pin only one of the others may be refused."
    return "No key is the same: clients that pin only the key of one side refuse the other."


def _of_validity(first: datetime | None, second: datetime | None) -> str:
    if first is None or second is None:
        return "The end of a certificate cannot be read."
    if first == second:
        return "Both end at the same time."
    return f"The {'second' if second > first else 'first'} ends later, by {abs(second - first).days} days."


def _different(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _issuer(leaf: Certificate) -> str:
    return attempt(lambda: leaf.issuer) or "not readable"


def _subject(certificate: Certificate) -> str:
    return attempt(lambda: certificate.subject) or "not readable"


def _validity(leaf: Certificate) -> str:
    return attempt(lambda: f"{leaf.not_before:%Y-%m-%d} to {leaf.not_after:%Y-%m-%d}") or "not readable"


def _end(leaf: Certificate) -> datetime | None:
    try:
        return leaf.not_after
    except CertificateError:
        return None
