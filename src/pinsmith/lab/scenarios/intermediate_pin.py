"""
The key of the intermediate authority is pinned, not the host's.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented   ◀ pinned
        └── localhost          presented

A correct pinner accepts: any key of the verified chain may be the pinned one. Who compares the leaf alone refuses, and
must be given leaf pins.
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
    source="RFC 7469 section 2.6; curl/curl#1025: --pinnedpubkey compares the leaf alone",
    set=_set,
    profiles=CHAIN_ONLY,
)
