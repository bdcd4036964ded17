"""
A million spaces follow the timestamp.

Its signature does not cover them, and it remains the same JSON, so only a limit of the client stops them.
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
    story.tamper(TIMESTAMP, lambda content: content + b" " * 1_000_000)
    story.show()


VECTOR: Final = Vector("oversized-timestamp", "a timestamp that does not end", _play, (accepted(1), invalid(1)))
