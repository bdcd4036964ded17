"""The first half of the policy arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import policy_path
from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.sign_policy()
    story.renew()
    story.tamper(policy_path(story), lambda content: content[: len(content) // 2])
    story.show()


VECTOR: Final = Vector("truncated-policy", "half of a policy", _play, (accepted(1), invalid(1)))
