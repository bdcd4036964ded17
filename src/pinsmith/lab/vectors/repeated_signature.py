"""
A thief of one offline key signs a policy, and puts the same signature under two further ids.

One is the id of another owner, the other one belongs to nobody. A client that counts signatures without verifying each
one with its own key reaches the threshold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from securesystemslib.signer import Signature

from pinsmith.lab.updates.story import OWNERS
from pinsmith.lab.updates.vector import Vector, accepted, invalid

if TYPE_CHECKING:
    from tuf.api.metadata import Metadata, Targets

    from pinsmith.lab.updates.story import Story

_NOBODY: Final = "0" * 64


def _play(story: Story) -> None:
    first, second = (story.keys.of(name) for name in OWNERS[:2])

    def repeat(metadata: Metadata[Targets]) -> None:
        stolen = metadata.signatures[first.public_key.keyid]
        for keyid in (second.public_key.keyid, _NOBODY):
            metadata.signatures[keyid] = Signature(keyid, stolen.signature)

    def sign(metadata: Metadata[Targets]) -> None:
        metadata.sign(second, append=True)

    story.publish()
    story.sign_policy(by=OWNERS[:1], then=story.either(repeat, sign))
    story.renew()
    story.show()


VECTOR: Final = Vector("repeated-signature", "one signature under several ids", _play, (accepted(1), invalid(1)))
