"""
The owners sign a suspension of 31 days.

No client of pinsmith suspends pins for more than 30 days, whoever has signed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import API
from pinsmith.lab.updates.suspensions import suspensions_json
from pinsmith.lab.updates.vector import Vector, accepted, refused
from pinsmith.updates.suspension import SUSPENSIONS

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.sign_policy(contents={SUSPENSIONS: suspensions_json(API, story.now, days=story.either(31, 30))})
    story.renew()
    story.show()


VECTOR: Final = Vector(
    "suspension-too-long",
    "a suspension of 31 days",
    _play,
    (accepted(1), refused(1, "unreadable-content")),
    layer="policy",
)
