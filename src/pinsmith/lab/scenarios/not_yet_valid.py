"""
The pinned key, in a certificate that begins tomorrow.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented, begins tomorrow   ◀ pinned

The other end of the dates. A program that forgives it, as for devices whose clock is wrong, must do so knowingly: the
pin says nothing about time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return stage.refused(stage.serve(stage.pki.genuine(not_before=tomorrow)))


SCENARIO: Final = Scenario(
    "not-yet-valid",
    "same key, certificate not yet valid",
    expected="refuse",
    lacks="check the beginning of a certificate whose key is pinned",
    source="RFC 5280 section 6.1.3 (a)(2)",
    set=_set,
)
