"""
The timestamp of a newer state has expired.

The client must not read further, and keeps what it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, accepted, stale

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.sign_policy()
    story.renew(timestamp_ends=story.either(story.past, None))
    story.show()


VECTOR: Final = Vector("expired-timestamp", "a timestamp that has expired", _play, (accepted(1), stale(1)))
