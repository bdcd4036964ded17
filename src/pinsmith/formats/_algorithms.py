"""Which kinds of keys a platform takes, where it is easier to say which it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class AllBut:
    """
    Every algorithm but some; for `Can.algorithms`.

    Attributes:
        names: As `pinsmith.policy.Key.algorithm` spells them.
    """

    names: frozenset[str]

    def __contains__(self, name: object) -> bool:
        return name not in self.names


ANDROID: Final = AllBut(frozenset({"Ed25519", "Ed448"}))
"""
Android refuses every chain with another key than RSA, EC or DSA, whatever is pinned.

Source:
    ChainStrengthAnalyzer of Conscrypt in Android 7 to 17; ``tests/extended/android/test_chains.py`` holds it to that.
"""
