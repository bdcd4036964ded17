"""
After `fast-forward`, the owners sign a root with another online key.

A client forgets the versions that the old key has signed, and accepts the next state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import NEW_ONLINE
from pinsmith.lab.updates.vector import Vector, accepted

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.renew(snapshot=2_000_000_000, timestamp=2_000_000_000)
    story.show()
    story.root(2, online=NEW_ONLINE)
    story.sign_policy()
    story.renew(snapshot=3, timestamp=3, by=NEW_ONLINE)
    story.show()


VECTOR: Final = Vector(
    "fast-forward-recovery", "another online key after huge versions", _play, (accepted(1), accepted(1), accepted(2))
)
