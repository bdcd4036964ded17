"""
A rogue chain from a trusted authority, with the genuine intermediate appended.

::

    Rogue Root (trusted)
    └── localhost          presented first, another key
        Lab Intermediate   presented after it   ◀ pinned, but it has not issued this leaf

The pinned certificate is public and is from a good authority. A client that searches the presented list finds it, and
may even trust it. But only the path from the leaf to its trust anchor counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import CHAIN_ONLY, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    rogue, intermediate = stage.pki.impostor(), stage.pki.intermediate
    server = stage.serve(rogue, presented=(*rogue.chain, intermediate.certificate))
    return stage.refused(server, intermediate.pin)


SCENARIO: Final = Scenario(
    "intermediate-appended",
    "trusted rogue chain with the genuine intermediate appended",
    expected="refuse",
    lacks="match the verified chain instead of other authorities that the server sent",
    source="CVE-2016-2402; OkHttp #4703, on an unrelated intermediate that is added",
    set=_set,
    profiles=CHAIN_ONLY,
)
