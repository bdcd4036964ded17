"""
A thief of the online key signs a policy with it, and that it is fresh.

The online key has no say in policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import ONLINE, OWNERS
from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.sign_policy(by=story.either((ONLINE,), OWNERS[:2]))
    story.renew()
    story.show()


VECTOR: Final = Vector(
    "online-key-signs-policy", "a policy that the online key has signed", _play, (accepted(1), invalid(1))
)
