"""
The newest root has expired, so nobody vouches for the keys any more.

All else is fresh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, accepted, stale

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.root(2, ends=story.either(story.past, None))
    story.publish()


VECTOR: Final = Vector("expired-root", "a root that has expired", _play, (accepted(1), stale(1)))
