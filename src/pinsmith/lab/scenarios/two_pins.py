"""
Two keys are pinned. No server has the first, and the host presents the second.

::

    (a standby key)            not served         ◀ pinned first
    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented   ◀ pinned second

A correct pinner accepts, because one match is enough, and pins have no order. A client that compares only the first
pin, or stops at the first pin that does not match, refuses.
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
    lacks="compare all of its pins",
    source="RFC 7469 section 2.6: one key that is pinned and in the chain is enough",
    set=_set,
    needs=frozenset({"two-pins"}),
)
