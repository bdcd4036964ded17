"""
A rogue chain from a trusted authority, with the whole genuine chain appended, every key of which is pinned.

::

    Rogue Root (trusted)
    └── localhost              presented first, another key

        Lab Root               presented last          ◀ pinned
        └── Lab Intermediate   presented before it     ◀ pinned
            └── localhost      presented second        ◀ pinned

The list holds a second, sound chain, for the right name and from a good authority. It belongs to somebody else: the
handshake proves possession of the first key alone. Whoever picks a chain out of the list instead of following the one
that begins with the first certificate is deceived, verification and all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    pki = stage.pki
    rogue, genuine = pki.impostor(), pki.genuine()
    server = stage.serve(rogue, presented=(*rogue.chain, *genuine.chain, pki.root.certificate))
    return stage.refused(server, genuine.pin, pki.intermediate.pin, pki.root.pin)


SCENARIO: Final = Scenario(
    "chain-appended",
    "trusted rogue chain with the whole genuine chain appended",
    expected="refuse",
    lacks="judge the one chain that begins with the server's own key",
    source="CVE-2016-2402; OkHttp #4703 and #4729, on genuine certificates stuffed in",
    set=_set,
)
