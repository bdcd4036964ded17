"""The owners sign a policy that does not list a compromised key any more, so that a later one could pin it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import policy_of
from pinsmith.lab.updates.vector import Vector, accepted, refused

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish(policy_of(2, remembers=not story.either(1, 0)))


VECTOR: Final = Vector(
    "compromised-key-forgotten",
    "a policy that forgets a compromised key",
    _play,
    (accepted(1), refused(1, "weaker-setting")),
    layer="policy",
)
