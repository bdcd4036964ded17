"""
The snapshot is that of the newest state, but the metadata of the policy is that of an older one.

All signatures are right, and the states never existed together.
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
    old = story.files[story.targets_path(1)]
    story.tamper(story.targets_path(2), lambda _: old)
    story.show()


VECTOR: Final = Vector("mix-and-match", "files of two states together", _play, (accepted(1), invalid(1)))
