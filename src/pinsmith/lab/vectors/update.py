"""
Two of three owners sign a policy, and the online key says that it is fresh.

A client must accept it. If it does not, its refusals prove nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, accepted

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish()


VECTOR: Final = Vector("update", "a policy that is published as it should be", _play, (accepted(1), accepted(2)))
