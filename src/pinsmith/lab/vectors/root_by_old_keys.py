"""
The owners publish a root with other keys, but the new owners have not signed it.

So nobody knows whether those keys exist, and a client that accepted the root might never get another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import NEW_OWNERS, OWNERS
from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.root(2, offline=NEW_OWNERS, by=(*OWNERS[:2], *story.either((), NEW_OWNERS[:2])))
    story.sign_policy(by=NEW_OWNERS[:2])
    story.renew()
    story.show()


VECTOR: Final = Vector("root-by-old-keys", "a root that its own keys have not signed", _play, (accepted(1), invalid(1)))
