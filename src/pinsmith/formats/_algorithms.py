"""The key types that a platform supports, if it is easier to list those that it does not support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class AllBut:
    """
    Every algorithm except some; for `Can.algorithms`.

    Attributes:
        names: The exceptions, as `pinsmith.policy.Key.algorithm` spells them.
    """

    names: frozenset[str]

    def __contains__(self, name: object) -> bool:
        return name not in self.names


ANDROID: Final = AllBut(frozenset({"Ed25519", "Ed448"}))
"""
Android refuses every chain that has a key other than RSA, EC or DSA, whatever is pinned.

Source:
    ChainStrengthAnalyzer of Conscrypt in Android 7 to 17; ``tests/extended/android/test_chains.py`` tests it.
"""
