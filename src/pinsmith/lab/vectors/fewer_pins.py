"""
The owners sign a policy in which a host has one pin.

Its next change of keys would lock users out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import API, pinned, policy_of
from pinsmith.lab.updates.vector import Vector, accepted, refused

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish(policy_of(2, pinned(API, "api-live", *story.either((), ("api-standby",)))))


VECTOR: Final = Vector(
    "fewer-pins", "a policy without a backup pin", _play, (accepted(1), refused(1, "fewer-pins")), layer="policy"
)
