"""
The pinned key is in a certificate that is not valid until tomorrow.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented, valid from tomorrow   ◀ pinned

This is the other end of the validity period. A program that accepts such a certificate, for example on devices with a
wrong clock, must do so on purpose, because a pin proves nothing about dates.
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
    lacks="check the first valid day of a certificate whose key is pinned",
    source="RFC 5280 section 6.1.3 (a)(2)",
    set=_set,
)
