"""
The host presents the key that is pinned.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented   ◀ pinned

This is the control for all other scenarios, because a client that refuses everything would pass every attack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import ALL_KEYS, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.accepted(stage.serve(stage.pki.genuine()))


SCENARIO: Final = Scenario(
    "leaf-pin",
    "good leaf pin",
    expected="accept",
    lacks="accept a host that presents its pinned key",
    source="RFC 7469 section 2.6",
    set=_set,
    keys=ALL_KEYS,
)
