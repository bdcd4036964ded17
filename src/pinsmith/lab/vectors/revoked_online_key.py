"""
The owners have replaced the online key, because it was stolen.

The thief signs with it that an update is fresh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import NEW_ONLINE, ONLINE
from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.root(2, online=NEW_ONLINE)
    story.sign_policy()
    story.renew(by=NEW_ONLINE)
    story.show()
    story.renew(by=story.either(ONLINE, NEW_ONLINE))
    story.show()


VECTOR: Final = Vector(
    "revoked-online-key", "freshness by a former online key", _play, (accepted(1), accepted(2), invalid(2))
)
