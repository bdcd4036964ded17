"""The online key signs again that the policy is fresh, and nothing else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, accepted

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.renew()
    story.show()


VECTOR: Final = Vector("renewal", "a renewal without any change", _play, (accepted(1), accepted(1)))
