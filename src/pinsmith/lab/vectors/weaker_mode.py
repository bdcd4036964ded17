"""
The owners sign a policy in which a host is only reported.

A suspension could do so for some days, but this would not end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.policies import API, pinned, policy_of
from pinsmith.lab.updates.vector import Vector, accepted, refused

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.publish(
        policy_of(2, replace(pinned(API, "api-live", "api-standby"), mode=story.either("report-only", "enforce")))
    )


VECTOR: Final = Vector(
    "weaker-mode", "a policy that only reports", _play, (accepted(1), refused(1, "weaker-entry")), layer="policy"
)
