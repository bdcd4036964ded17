"""
The owners sign that the pins of a host are only reported for some days.

A client accepts it. It enforces all other pins, and these again when the suspension has ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import API
from pinsmith.lab.updates.suspensions import suspension_of
from pinsmith.lab.updates.vector import Vector, accepted

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish(None, suspension_of(API, story.now))


VECTOR: Final = Vector("suspension", "a suspension of the pins of one host", _play, (accepted(1), accepted(2)))
