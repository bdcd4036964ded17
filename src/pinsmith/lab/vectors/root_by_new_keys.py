"""
Somebody publishes a root with keys of their own.

The owners of the root before it have not signed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import NEW_OWNERS, OWNERS
from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.root(2, offline=NEW_OWNERS, by=(*story.either((), OWNERS[:2]), *NEW_OWNERS[:2]))
    story.sign_policy(by=NEW_OWNERS[:2])
    story.renew()
    story.show()


VECTOR: Final = Vector(
    "root-by-new-keys", "a root that only its own keys have signed", _play, (accepted(1), invalid(1))
)
