"""A thief of the online key signs a new snapshot that names an old policy, which the owners have signed at the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, accepted, stale

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish()
    story.renew(targets=story.either(1, 2))
    story.show()


VECTOR: Final = Vector(
    "rollback-targets", "an old policy under a new snapshot", _play, (accepted(1), accepted(2), stale(2))
)
