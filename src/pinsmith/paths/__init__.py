"""
Paths that the clients of each trust store can build from what a server sends: library only, no socket and no clock.

`find_store` and `stores` give trust stores by version, `paths` the paths of one store, and `survey` what that means for
pins. An answer that nobody knows is ``unknown``, and never ``no``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.paths.answer import answer
from pinsmith.paths.path import Answer, Path, Paths
from pinsmith.paths.platform import store_of
from pinsmith.paths.search import Sent
from pinsmith.paths.store import Root, Store, find_store, since, stores
from pinsmith.paths.survey import Match, Survival, survey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = [
    "Answer",
    "Match",
    "Path",
    "Paths",
    "Root",
    "Store",
    "Survival",
    "find_store",
    "paths",
    "since",
    "store_of",
    "stores",
    "survey",
]


def paths(sent: Sequence[bytes], store: Store, *, at: datetime) -> Paths:
    """
    Build all paths from the first certificate of *sent* to a root of *store*.

    The host name is not compared. Not considered are revocation, Certificate Transparency, and roots that a client
    trusts for some names or until some day only.

    Args:
        sent: DER, the leaf first. The order of the others does not matter, and neither do extras.

        store: The trust store, from `find_store`.

        at: Aware.

    Raises:
        CertificateError: If there is no certificate, or the first one cannot be read.

        ValueError: If *at* is naive.

    Source:
        :rfc:`5280#section-6.1`, :rfc:`4158`
    """
    if at.tzinfo is None:
        raise ValueError("'at' must be aware")
    return answer(Sent(sent), store, at)
