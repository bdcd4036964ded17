"""The search for all paths: depth first, bounded, each step proven by a signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.certificate.signature import is_signed_by
from pinsmith.errors import CertificateError
from pinsmith.paths.facts import Facts, facts_of
from pinsmith.paths.judge import judge
from pinsmith.paths.path import Path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pinsmith.paths.store import Root, Store

MAX_CERTIFICATES: Final = 40
MAX_LENGTH: Final = 10  # of a path, without the anchor
MAX_PATHS: Final = 64
MAX_STEPS: Final = 500
MAX_SIGNATURES: Final = 1_000


class LimitError(Exception):
    """The search has reached a limit."""


class Sent:
    """
    The certificates that a server sent, read once for all stores that are asked about them.

    Args:
        ders: DER, the leaf first, the others in any order; extras do no harm.

    Attributes:
        leaf: The first certificate.
        gaps: What could not be read.

    Raises:
        CertificateError: If there is no certificate, or the first one cannot be read.
    """

    def __init__(self, ders: Sequence[bytes]) -> None:
        if not ders:
            raise CertificateError("the server sent no certificate")
        self.leaf = facts_of(ders[0])
        self.gaps: dict[str, None] = {}
        self._signatures: dict[tuple[bytes, bytes], bool | None] = {}
        self._by_subject: dict[str, list[Facts]] = {}
        for facts in self._others(ders):
            self._by_subject.setdefault(facts.subject, []).append(facts)

    def _others(self, ders: Sequence[bytes]) -> Iterator[Facts]:
        others = list(dict.fromkeys(ders[1:]))
        if len(others) > MAX_CERTIFICATES:
            self.gaps[f"the server sent more than {MAX_CERTIFICATES} certificates"] = None
        for der in others[:MAX_CERTIFICATES]:
            try:
                yield facts_of(der)
            except CertificateError:
                self.gaps["a certificate that the server sent cannot be read"] = None

    def named(self, subject: str) -> Sequence[Facts]:
        """Return the certificates with that *subject*, apart from the leaf."""
        return self._by_subject.get(subject, ())

    def is_signed(self, facts: Facts, spki: bytes) -> bool | None:
        """
        Return what `is_signed_by` says. Each signature is verified once.

        Raises:
            LimitError: If too many signatures were verified already.
        """
        question = (facts.certificate.der, spki)
        if question not in self._signatures:
            if len(self._signatures) >= MAX_SIGNATURES:
                raise LimitError
            self._signatures[question] = is_signed_by(facts.certificate, spki)
        return self._signatures[question]


class Search:
    """
    The paths from the first of some certificates to the roots of a store.

    Args:
        sent: The certificates.

        store: The trust store.

        at: Aware.

    Attributes:
        sent: As given.
        found: The paths, with their faults, the shortest first.
        walks: Everything that the search came by: certificates that were sent, each signed by the next one.
        tops: The certificates for which no issuer was sent, and which no root signed.
        gaps: What could not be examined; empty if the search is complete.
    """

    def __init__(self, sent: Sent, store: Store, at: datetime) -> None:
        self.sent, self._store, self._at = sent, store, at
        self.gaps: dict[str, None] = dict(sent.gaps)
        self.tops: dict[Facts, None] = {}
        self.found: list[Path] = []
        self.walks: list[tuple[Facts, ...]] = []
        try:
            for path in self._from_leaf():
                self.found.append(path)
        except LimitError:
            self.gaps["the certificates lead to too many paths"] = None
        self.found.sort(key=lambda path: len(path.certificates))

    def _is_signed(self, facts: Facts, spki: bytes) -> bool:
        answer = self.sent.is_signed(facts, spki)
        if answer is None:
            self.gaps["the algorithm of a signature is not known"] = None
        return bool(answer)

    def _from_leaf(self) -> Iterator[Path]:
        leaf = self.sent.leaf
        own = [root for root in self._store.named(leaf.subject) if root.sha256 == leaf.certificate.sha256]
        if own:
            yield self._path((leaf,), own[0])
        yield from self._extend((leaf,))

    def _extend(self, path: tuple[Facts, ...]) -> Iterator[Path]:
        if len(self.walks) >= MAX_STEPS:
            raise LimitError
        self.walks.append(path)
        top, identities = path[-1], {facts.identity for facts in path}
        leads_on = False
        for root in self._store.named(top.issuer):
            if (root.subject, root.spki) not in identities and self._is_signed(top, root.spki):
                leads_on = True
                yield self._path(path, root)
        for issuer in self.sent.named(top.issuer):
            if issuer.identity in identities or not self._is_signed(top, issuer.certificate.spki):
                continue
            leads_on = True
            if len(path) == MAX_LENGTH:
                self.gaps["a path is too long"] = None
                continue
            yield from self._extend((*path, issuer))
        if not leads_on:
            self.tops[top] = None

    def _path(self, path: tuple[Facts, ...], root: Root) -> Path:
        if len(self.found) == MAX_PATHS:
            raise LimitError
        faults, doubts = judge(path, root, self._store, self._at)
        return Path(tuple(facts.certificate for facts in path), root, faults, doubts)
