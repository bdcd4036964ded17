"""The online key says that a policy is fresh, but the owners have signed it for a time that has passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, accepted, stale

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.sign_policy(ends=story.either(story.past, None))
    story.renew()
    story.show()


VECTOR: Final = Vector("expired-targets", "a policy that has expired", _play, (accepted(1), stale(1)))
