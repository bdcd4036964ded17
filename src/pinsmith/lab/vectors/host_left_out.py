"""The owners sign a policy in which a host is missing that the program was built to pin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import CDN, policy_of
from pinsmith.lab.updates.vector import Vector, accepted, refused

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish(policy_of(2, without=story.either(CDN, "")))


VECTOR: Final = Vector(
    "host-left-out",
    "a policy without a host of the program",
    _play,
    (accepted(1), refused(1, "host-left-out")),
    layer="policy",
)
