"""The document of ``pinsmith explain`` about a chain: which clients reach a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.certificate import Certificate
from pinsmith.certificate.link import attempt
from pinsmith.documents.document import Versioned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.checks.reach import PathMatch, Pinner, Reach
    from pinsmith.explaining.sent import SentExplanation


class SentCertificateOut(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that was sent. Both fields are null if it cannot be read."""

    subject: str | None
    pin: str | None


class ReachPathOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A path that clients accept, or may accept.

    ``pins`` are those of all its keys, leaf first, and ``names`` those of their owners. ``keys`` has the pinned keys
    among them. ``compromised`` lists authorities on the path whose private key anybody may hold. ``doubts`` says why it
    is unknown whether clients accept the path.
    """

    names: list[str]
    pins: list[str]
    keys: list[str]
    compromised: list[str]
    doubts: list[str]


class StoreReachOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    What happens to clients with one trust store.

    ``outcome`` is ``accepts``, ``depends`` (clients choose one of several paths, and not all have a pinned key),
    ``locked-out``, ``untrusted``, ``not-enforced`` or ``unknown``. ``why`` has the reasons of the last three. ``day``
    is that of the list, and null if there is none. ``is_stale``: clients may have a much newer list.
    ``possible_paths`` lead over published certificates that the server did not send, which some clients have or fetch.
    """

    store: str
    title: str
    day: str | None
    is_stale: bool
    outcome: str
    why: list[str]
    paths: list[ReachPathOut]
    possible_paths: list[ReachPathOut]


class ClientsOut(msgspec.Struct, frozen=True, kw_only=True):
    """Clients with the same pins. ``app`` and ``version`` are null for those of the pin file, and without pins."""

    who: str
    app: str | None
    version: str | None
    share: float | None
    stores: list[StoreReachOut]


class SentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A chain. ``place`` is the address that sent it, or the file. ``host`` is null if no pinned host is named."""

    host: str | None
    place: str
    certificates: list[SentCertificateOut]
    clients: list[ClientsOut]


class ReachDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith explain HOST --store STORE --format json``, and ``pinsmith explain FILE --format json``."""

    sent: list[SentOut]


def reach_document(found: Iterable[SentExplanation]) -> ReachDocument:
    """Describe chains."""
    return ReachDocument(sent=[_sent(known) for known in found])


def _sent(known: SentExplanation) -> SentOut:
    return SentOut(
        host=known.host,
        place=known.place,
        certificates=[
            SentCertificateOut(subject=attempt(lambda of=certificate: of.subject), pin=str(certificate.pin))  # type: ignore[misc]
            if isinstance(certificate, Certificate)
            else SentCertificateOut(subject=None, pin=None)
            for certificate in known.sent
        ],
        clients=[_clients(pinner, found) for pinner, found in known.clients],
    )


def _clients(pinner: Pinner, found: Iterable[Reach]) -> ClientsOut:
    release = pinner.release
    return ClientsOut(
        who=pinner.who,
        app=release.app if release else None,
        version=release.version if release else None,
        share=release.share if release else None,
        stores=[
            StoreReachOut(
                store=reach.store.id,
                title=reach.store.title,
                day=str(reach.store.day) if reach.store.day else None,
                is_stale=reach.is_stale,
                outcome=reach.outcome,
                why=list(reach.why),
                paths=[_path(match) for match in reach.matches],
                possible_paths=[_path(match) for match in reach.possible],
            )
            for reach in found
        ],
    )


def _path(match: PathMatch) -> ReachPathOut:
    return ReachPathOut(
        names=list(match.names),
        pins=[str(pin) for pin in match.path.pins],
        keys=list(match.keys),
        compromised=[str(known) for known in match.path.compromised],
        doubts=list(match.path.doubts),
    )
