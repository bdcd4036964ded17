"""
The owners suspend the pins of a host whose chain is not verified (`trust = "pins-only"`).

Without its pins, any certificate would pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import API, DEVICE
from pinsmith.lab.updates.suspensions import suspension_of
from pinsmith.lab.updates.vector import Vector, accepted, refused

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish(None, suspension_of(story.either(DEVICE, API), story.now))


VECTOR: Final = Vector(
    "suspension-of-pins-only-host",
    "a suspension where only pins protect",
    _play,
    (accepted(1), refused(1, "unknown-suspension")),
    layer="policy",
)
