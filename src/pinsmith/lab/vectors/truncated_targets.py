"""The first half of the metadata of the policy arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.sign_policy()
    story.renew()
    story.tamper(story.targets_path(2), lambda content: content[: len(content) // 2])
    story.show()


VECTOR: Final = Vector("truncated-targets", "half of the metadata of a policy", _play, (accepted(1), invalid(1)))
