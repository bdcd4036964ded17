"""The snapshot of a newer state has expired, although the timestamp that names it has not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, accepted, stale

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.sign_policy()
    story.renew(snapshot_ends=story.either(story.past, None))
    story.show()


VECTOR: Final = Vector("expired-snapshot", "a snapshot that has expired", _play, (accepted(1), stale(1)))
