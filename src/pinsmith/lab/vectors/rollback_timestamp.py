"""
Somebody between the web host and the client shows the timestamp of an earlier day, which has not expired yet.

It names an older policy, which may pin a key that was stolen since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import TIMESTAMP
from pinsmith.lab.updates.vector import Vector, accepted, stale

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish()
    old = story.states[0][TIMESTAMP]
    story.tamper(TIMESTAMP, lambda _: old)
    story.show()


VECTOR: Final = Vector("rollback-timestamp", "an old timestamp", _play, (accepted(1), accepted(2), stale(2)))
