"""A thief of the online key signs a new timestamp that names an old snapshot, and so an old policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, accepted, stale

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish()
    story.renew(snapshot=story.either(1, None), targets=story.either(1, None))
    story.show()


VECTOR: Final = Vector(
    "rollback-snapshot", "an old snapshot under a new timestamp", _play, (accepted(1), accepted(2), stale(2))
)
