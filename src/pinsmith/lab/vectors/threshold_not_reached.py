"""
A thief of one offline key and of the online key publishes a policy.

Two owners of three would have to sign it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import OWNERS
from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.sign_policy(by=story.either(OWNERS[:1], OWNERS[:2]))
    story.renew()
    story.show()


VECTOR: Final = Vector("threshold-not-reached", "a policy that one owner has signed", _play, (accepted(1), invalid(1)))
