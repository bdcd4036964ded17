"""
The third root is published as the second.

Each root must be signed by the keys of the one before it, so that a client must not leave one out, even if the
signatures would be right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, accepted, stale

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.root(story.either(3, 2), place=2)
    story.publish()


VECTOR: Final = Vector("root-skipped", "a root in the place of the one before it", _play, (accepted(1), stale(1)))
