"""Paths from the certificate of a server to a trust anchor, and the answer of a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pinsmith import authorities

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.authorities import Compromised
    from pinsmith.certificate import Certificate
    from pinsmith.paths.store import Root, Store
    from pinsmith.pin import Pin

Answer = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Path:
    """
    A path in which each certificate is signed by the key of the next one, and the last one by the trust anchor.

    Attributes:
        certificates: What the server sent, leaf first, without the trust anchor.
        anchor: The root in the trust store.
        faults: Why clients refuse the path; empty if they accept it.
        doubts: Why it is not known whether clients accept the path.
        unsent: The pins of keys between *certificates* and the anchor, whose certificates the server did not send.
        over_unsent:
            Whether the path leads over published certificates that the server did not send. It may replace the last of
            *certificates* by another one of its key.
    """

    certificates: tuple[Certificate, ...]
    anchor: Root
    faults: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    unsent: tuple[Pin, ...] = ()
    over_unsent: bool = False

    @property
    def is_accepted(self) -> bool:
        """Whether clients accept the path for certain."""
        return not self.faults and not self.doubts

    @property
    def pins(self) -> tuple[Pin, ...]:
        """The pins of all keys of the path, leaf first, trust anchor last."""
        return tuple(
            dict.fromkeys((*(certificate.pin for certificate in self.certificates), *self.unsent, self.anchor.pin))
        )

    @property
    def compromised(self) -> tuple[Compromised, ...]:
        """The compromised keys of the path. Stores may trust them; pinsmith refuses them."""
        found = (authorities.compromised(pin) for pin in self.pins)
        return tuple(facts for facts in found if facts is not None)

    @property
    def not_after(self) -> datetime:
        """The end of the certificate that ends first, UTC. The end of the trust anchor is not considered."""
        return min(certificate.not_after for certificate in self.certificates)


@dataclass(frozen=True, slots=True)
class Paths:
    """
    All paths that the clients of a store can build from what a server sent.

    Attributes:
        store: The trust store.
        found: The paths, the shortest first: those that clients accept, refuse, and those in doubt.
        answer: Whether clients of the store trust the server. ``unknown`` is not ``no``.
        why: Why the answer is ``no`` or ``unknown``; empty if it is ``yes``.
        is_complete: Whether the search ended before its limits. If not, there may be more paths.
        possible:
            Paths over published certificates that the server did not send, known by their keys only. A client that has
            or fetches those certificates may use them; the answer does not depend on them.
        is_stale: Whether the store may have been updated long after its newest list.
    """

    store: Store
    found: tuple[Path, ...]
    answer: Answer
    why: tuple[str, ...] = ()
    is_complete: bool = True
    is_stale: bool = False
    possible: tuple[Path, ...] = ()

    @property
    def accepted(self) -> tuple[Path, ...]:
        """The paths that clients accept."""
        return tuple(path for path in self.found if path.is_accepted)
