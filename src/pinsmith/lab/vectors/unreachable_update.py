"""
The owners sign a policy that pins the host of the updates with keys that the program was not built with.

If they are wrong, no later update could be fetched.

The host is that of the address which clients were built with.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import pinned, policy_of
from pinsmith.lab.updates.vector import Vector, accepted, refused

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish(
        policy_of(
            2,
            replace(
                pinned(story.update_host, "updates-live", "updates-standby"),
                mode=story.either("enforce", "report-only"),
            ),
        )
    )


VECTOR: Final = Vector(
    "unreachable-update",
    "pins that cut off their own correction",
    _play,
    (accepted(1), refused(1, "unreachable-update")),
    layer="policy",
)
