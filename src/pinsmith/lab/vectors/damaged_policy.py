"""
The owners have signed half of a policy, because a tool has written no more.

The hash is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import policy_of
from pinsmith.lab.updates.vector import Vector, accepted, refused
from pinsmith.updates.content import Content, write_content
from pinsmith.updates.suspension import POLICY

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    policy = write_content(Content(policy_of(2)))[POLICY]
    story.sign_policy(contents={POLICY: story.either(policy[: len(policy) // 2], policy)})
    story.renew()
    story.show()


VECTOR: Final = Vector(
    "damaged-policy",
    "a policy that is not JSON",
    _play,
    (accepted(1), refused(1, "unreadable-content")),
    layer="policy",
)
