"""
The owners have replaced one of them.

A policy is signed by an owner who stayed, and by the one who had to leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import OWNERS
from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.root(2, offline=(*OWNERS[1:], "dan"), by=(*OWNERS[1:], "dan"))
    story.sign_policy(by=OWNERS[1:])
    story.renew()
    story.show()
    story.sign_policy(by=(OWNERS[1], story.either(OWNERS[0], OWNERS[2])))
    story.renew()
    story.show()


VECTOR: Final = Vector(
    "revoked-offline-key", "a signature by a former owner", _play, (accepted(1), accepted(2), invalid(2))
)
