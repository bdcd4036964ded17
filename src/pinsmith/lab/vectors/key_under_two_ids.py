"""
Two owners have signed a root that lists the key of one of them under two ids.

So that owner alone reaches the threshold, and so does a thief of that key. Clients of The Update Framework may count
such a key twice. pinsmith refuses the root when it is made, and when it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from securesystemslib.signer import SSlibKey

from pinsmith.lab.updates.story import OWNERS
from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from pinsmith.lab.updates.story import Story

_OTHER_ID: Final = "0" * 64


def _play(story: Story) -> None:
    own = story.keys.of(OWNERS[0]).public_key
    again = SSlibKey(_OTHER_ID, own.keytype, own.scheme, {**own.keyval})
    story.publish()
    story.root(2, also=story.either((again,), ()))
    story.publish()


VECTOR: Final = Vector(
    "key-under-two-ids", "a root that counts one key twice", _play, (accepted(1), invalid(1)), layer="policy"
)
