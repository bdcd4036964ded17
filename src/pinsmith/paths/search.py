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
MAX_STEPS: Final = 2_000
MAX_SIGNATURES: Final = 1_000


class _LimitError(Exception):
    """The search has reached a limit."""


class Search:
    """
    The paths from the first of some certificates to the roots of a store.

    Args:
        sent: DER, the leaf first, the others in any order; extras do no harm.

        store: The trust store.

        at: Aware.

    Attributes:
        found: The paths, with their faults.
        walks: Everything that the search came by: certificates that were sent, each signed by the next one.
        tops: The certificates for which no issuer was sent, and which no root signed.
        gaps: What could not be examined; empty if the search is complete.

    Raises:
        CertificateError: If there is no certificate, or the first one cannot be read.
    """

    def __init__(self, sent: Sequence[bytes], store: Store, at: datetime) -> None:
        if not sent:
            raise CertificateError("the server sent no certificate")
        self._store, self._at = store, at
        self._leaf = facts_of(sent[0])
        self._signatures: dict[tuple[bytes, bytes], bool | None] = {}
        self._steps = 0
        self.gaps: dict[str, None] = {}
        self.tops: dict[Facts, None] = {}
        self.found: list[Path] = []
        self.walks: list[tuple[Facts, ...]] = []
        self._by_subject: dict[str, list[Facts]] = {}
        for facts in self._others(sent):
            self._by_subject.setdefault(facts.subject, []).append(facts)
        try:
            for path in self._from_leaf():
                self.found.append(path)
        except _LimitError:
            self.gaps["the certificates lead to too many paths"] = None
        self.found.sort(key=lambda path: len(path.certificates))

    def _others(self, sent: Sequence[bytes]) -> Iterator[Facts]:
        others = list(dict.fromkeys(sent[1:]))
        if len(others) > MAX_CERTIFICATES:
            self.gaps[f"the server sent more than {MAX_CERTIFICATES} certificates"] = None
        for der in others[:MAX_CERTIFICATES]:
            try:
                yield facts_of(der)
            except CertificateError:
                self.gaps["a certificate that the server sent cannot be read"] = None

    def _from_leaf(self) -> Iterator[Path]:
        leaf = self._leaf
        own = [root for root in self._store.named(leaf.subject) if root.sha256 == leaf.certificate.sha256]
        if own:
            yield self._path((leaf,), own[0])
        yield from self._extend((leaf,))

    def _extend(self, path: tuple[Facts, ...]) -> Iterator[Path]:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise _LimitError
        self.walks.append(path)
        top, identities = path[-1], {facts.identity for facts in path}
        leads_on = False
        for root in self._store.named(top.issuer):
            if (root.subject, root.spki) not in identities and self._is_signed(top, root.spki):
                leads_on = True
                yield self._path(path, root)
        for issuer in self._by_subject.get(top.issuer, ()):
            if issuer.identity in identities or not self._is_signed(top, issuer.certificate.spki):
                continue
            leads_on = True
            if len(path) == MAX_LENGTH:
                self.gaps["a path is too long"] = None
                continue
            yield from self._extend((*path, issuer))
        if not leads_on:
            self.tops[top] = None

    def _is_signed(self, facts: Facts, spki: bytes) -> bool:
        question = (facts.certificate.der, spki)
        if question not in self._signatures:
            if len(self._signatures) == MAX_SIGNATURES:
                raise _LimitError
            self._signatures[question] = is_signed_by(facts.certificate, spki)
        answer = self._signatures[question]
        if answer is None:
            self.gaps["the algorithm of a signature is not known"] = None
        return bool(answer)

    def _path(self, path: tuple[Facts, ...], root: Root) -> Path:
        if len(self.found) == MAX_PATHS:
            raise _LimitError
        faults, doubts = judge(path, root, self._store, self._at)
        return Path(tuple(facts.certificate for facts in path), root, faults, doubts)
