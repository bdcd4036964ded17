"""
The key of the root is pinned. The server does not send the root, which is usual.

::

    Lab Root (trusted)         not presented   ◀ pinned
    └── Lab Intermediate       presented
        └── localhost          presented

A correct pinner accepts, because the root is in the trust store of the client, and the verified chain ends in it. A
client that compares the presented certificates never finds the pinned key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import CHAIN_ONLY, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.accepted(stage.serve(stage.pki.genuine()), stage.pki.root.pin)


SCENARIO: Final = Scenario(
    "root-not-sent",
    "root pin, root not sent",
    expected="accept",
    lacks="match the verified chain, whose root the server need not send",
    source="square/okhttp#1699",
    set=_set,
    profiles=CHAIN_ONLY,
)
