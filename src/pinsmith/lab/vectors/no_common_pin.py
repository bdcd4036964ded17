"""
The owners sign a policy in which a host has only new pins.

Clients and servers cannot change at the same moment, so users would be locked out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import API, pinned, policy_of
from pinsmith.lab.updates.vector import Vector, accepted, refused

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish(policy_of(2, pinned(API, story.either("api-new", "api-live"), "api-newer")))


VECTOR: Final = Vector(
    "no-common-pin",
    "a policy that keeps no pin of a host",
    _play,
    (accepted(1), refused(1, "no-common-pin")),
    layer="policy",
)
