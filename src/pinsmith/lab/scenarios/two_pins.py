"""
Two keys are pinned; nobody serves the first, the host serves the second.

::

    (a standby key)            served by nobody   ◀ pinned first
    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented   ◀ pinned second

A correct pinner accepts: one match is enough, and pins have no order. Who compares the first one alone, or stops at the
first that does not match, refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Pinning, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    pinning = Pinning((stage.pki.backup_pin, stage.pki.pin), stage.pki.host)
    server = stage.serve(stage.pki.genuine())
    return stage.scene(server, Act("accept", pinning, wanted=(server,)))


SCENARIO: Final = Scenario(
    "two-pins",
    "two pins, the second one good",
    expected="accept",
    lacks="compare each of its pins",
    source="RFC 7469 section 2.6: the keys of the chain and the pins need but intersect",
    set=_set,
    needs=frozenset({"two-pins"}),
)
