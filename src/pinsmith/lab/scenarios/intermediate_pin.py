"""
The key of the intermediate authority is pinned, not that of the host.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented   ◀ pinned
        └── localhost          presented

A correct pinner accepts, because any key of the verified chain may be the pinned one. A client that compares only the
leaf refuses, and needs leaf pins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import CHAIN_ONLY, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.accepted(stage.serve(stage.pki.genuine()), stage.pki.intermediate.pin)


SCENARIO: Final = Scenario(
    "intermediate-pin",
    "intermediate pin",
    expected="accept",
    lacks="look for its pins above the leaf",
    source="RFC 7469 section 2.6; curl/curl#1025: --pinnedpubkey compares only the leaf",
    set=_set,
    profiles=CHAIN_ONLY,
)
