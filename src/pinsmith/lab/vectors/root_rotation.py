"""
The old owners and the new ones sign a root with new offline keys.

From then on, the new owners sign policies.

A client needs no release for it, because the old keys have signed the new ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import NEW_OWNERS, OWNERS
from pinsmith.lab.updates.vector import Vector, accepted

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.root(2, offline=NEW_OWNERS, by=(*OWNERS[:2], *NEW_OWNERS[:2]))
    story.sign_policy(by=NEW_OWNERS[:2])
    story.renew()
    story.show()


VECTOR: Final = Vector("root-rotation", "another team of keys", _play, (accepted(1), accepted(2)))
