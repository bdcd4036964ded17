"""
The owners sign a policy that pins a key again which the program knows as compromised.

No policy can list the key as compromised as well, so this one does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import API, STOLEN, pinned, policy_of
from pinsmith.lab.updates.vector import Vector, accepted, refused

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    attack = policy_of(2, pinned(API, "api-live", "api-standby", STOLEN), remembers=False)
    story.publish(story.either(attack, policy_of(2, pinned(API, "api-live", "api-standby", "api-new"))))


VECTOR: Final = Vector(
    "compromised-key",
    "a policy that pins a compromised key",
    _play,
    (accepted(1), refused(1, "compromised-key")),
    layer="policy",
)
