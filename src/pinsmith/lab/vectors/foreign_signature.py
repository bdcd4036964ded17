"""
One owner and a stranger have signed a policy.

The signature of the stranger is right, but the root does not list that key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import OWNERS
from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.sign_policy(by=(OWNERS[0], story.either("stranger", OWNERS[1])))
    story.renew()
    story.show()


VECTOR: Final = Vector("foreign-signature", "a signature by a stranger", _play, (accepted(1), invalid(1)))
