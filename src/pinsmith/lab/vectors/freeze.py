"""
Somebody between the web host and the client goes on to show the state of an earlier day.

Its timestamp has expired.

The client has seen nothing before. It must not take a state as fresh whose freshness has ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, stale

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.sign_policy()
    story.renew(timestamp_ends=story.either(story.past, None))
    story.show()


VECTOR: Final = Vector("freeze", "an old state, as if nothing had happened since", _play, (stale(None),))
