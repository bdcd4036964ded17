"""
Somebody between the web host and the client changes one character of the policy.

Its length stays, its hash does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.updates.story import policy_path
from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story


def _play(story: Story) -> None:
    story.publish()
    story.sign_policy()
    story.renew()
    story.tamper(policy_path(story), lambda content: content.replace(b"api-live", b"api-love"))
    story.show()


VECTOR: Final = Vector(
    "altered-policy", "a policy that was changed after it was signed", _play, (accepted(1), invalid(1))
)
