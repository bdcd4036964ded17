"""
The owners sign a policy whose format has another major version.

A client that reads it as far as it can may miss what matters.
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
    later = policy.replace(b'"version": 1', b'"version": 2', 1)
    story.sign_policy(contents={POLICY: story.either(later, policy)})
    story.renew()
    story.show()


VECTOR: Final = Vector(
    "unknown-policy-version",
    "a policy of a later format",
    _play,
    (accepted(1), refused(1, "unreadable-content")),
    layer="policy",
)
