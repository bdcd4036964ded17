"""The owners sign a policy in which the pins of one more host ended yesterday, so nothing would pin that host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import pinned, policy_of
from pinsmith.lab.updates.vector import Vector, accepted, refused

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish(
        policy_of(
            2,
            replace(
                pinned("new.example.com", "new-live", "new-standby"), expires=story.either(story.past.date(), None)
            ),
        )
    )


VECTOR: Final = Vector(
    "ended-pins", "a policy with pins that have ended", _play, (accepted(1), refused(1, "ended-pins")), layer="policy"
)
