"""
A rogue chain from a trusted authority, with the whole genuine chain appended. Every key of the latter is pinned.

::

    Rogue Root (trusted)
    └── localhost              presented first, another key

        Lab Root               presented last          ◀ pinned
        └── Lab Intermediate   presented before it     ◀ pinned
            └── localhost      presented second        ◀ pinned

The list contains a second, valid chain with the right name and from a good authority. It belongs to somebody else,
because the handshake proves possession of only the first key. A client that picks a chain from the list, instead of
following the one that begins with the first certificate, is deceived even if it verifies that chain.
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
    lacks="check only the chain that begins with the server's own key",
    source="CVE-2016-2402; OkHttp #4703 and #4729, on genuine certificates that are added",
    set=_set,
)
