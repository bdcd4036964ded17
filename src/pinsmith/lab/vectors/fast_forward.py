"""
A thief of the online key signs a snapshot and a timestamp with huge versions.

They are accepted, because the key may sign them, and no pin changes. Then each later state of the operators is older
than what the client has seen.

The policy in force stays until it expires. `fast-forward-recovery` is the way out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, accepted, stale

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    huge = story.either(2_000_000_000, None)
    story.renew(snapshot=huge, timestamp=huge)
    story.show()
    story.sign_policy()
    story.renew(snapshot=3, timestamp=3)
    story.show()


VECTOR: Final = Vector("fast-forward", "versions as high as they go", _play, (accepted(1), accepted(1), stale(1)))
