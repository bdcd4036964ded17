"""
The first half of the timestamp arrives.

No length and no hash of it is known before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import TIMESTAMP
from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.sign_policy()
    story.renew()
    story.tamper(TIMESTAMP, lambda content: content[: len(content) // 2])
    story.show()


VECTOR: Final = Vector("truncated-timestamp", "half of a timestamp", _play, (accepted(1), invalid(1)))
