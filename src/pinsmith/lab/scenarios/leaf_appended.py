"""
A rogue chain from a trusted authority, with the genuine leaf appended.

::

    Rogue Root (trusted)
    └── localhost          presented first, another key
        localhost          presented after it   ◀ pinned, not on the path

A client that searches the presented list for pinned keys, instead of the verified path, finds the pinned key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    rogue = stage.pki.impostor()
    presented = (*rogue.chain, stage.pki.genuine().certificate)
    return stage.refused(stage.serve(rogue, presented=presented))


SCENARIO: Final = Scenario(
    "leaf-appended",
    "trusted rogue chain with the genuine leaf appended",
    expected="refuse",
    lacks="match the verified chain instead of the list that the server sent",
    source="CVE-2016-2402",
    set=_set,
)
