"""
The owners have suspended the pins of a host and then lifted the suspension.

A thief of the online key signs that the suspended state is the newest.

The suspension itself has not ended yet, and its signatures are right. Only its version shows that it is old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import API
from pinsmith.lab.updates.suspensions import suspension_of
from pinsmith.lab.updates.vector import Vector, accepted, stale

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish(None, suspension_of(API, story.now))
    story.publish()
    story.renew(targets=story.either(1, 2))
    story.show()


VECTOR: Final = Vector(
    "replayed-suspension", "a suspension that was lifted, shown again", _play, (accepted(1), accepted(2), stale(2))
)
