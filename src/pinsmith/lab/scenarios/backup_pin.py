"""
The host has rotated to its standby key, whose pin was distributed in time.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented, the standby key   ◀ pinned second

A correct pinner accepts, because the backup pin is a pin like any other. A client that knows only the first pin is
locked out by the rotation for which the second was distributed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.accepted(stage.serve(stage.pki.rekeyed(stage.pki.backup_key)))


SCENARIO: Final = Scenario(
    "backup-pin",
    "good backup pin after rotation",
    expected="accept",
    lacks="accept its backup pin when the host has rotated to that key",
    source="RFC 7469 section 4.3",
    set=_set,
    needs=frozenset({"two-pins"}),
)
