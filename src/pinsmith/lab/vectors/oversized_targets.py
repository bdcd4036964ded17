"""
A million spaces follow the metadata of the policy.

The snapshot declares how long it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.sign_policy()
    story.renew()
    story.tamper(story.targets_path(2), lambda content: content + b" " * 1_000_000)
    story.show()


VECTOR: Final = Vector("oversized-targets", "metadata that is longer than declared", _play, (accepted(1), invalid(1)))
