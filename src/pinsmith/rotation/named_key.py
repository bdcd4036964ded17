"""Keys of a pin file by the names that users type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors import PolicyError

if TYPE_CHECKING:
    from pinsmith.policy import Key, Policy


def find_key(policy: Policy, name: str) -> Key:
    """
    Return the key of that name.

    Raises:
        PolicyError: If there is none.
    """
    for key in policy.keys:
        if key.name == name:
            return key
    names = ", ".join(key.name for key in policy.keys) or "none"
    raise PolicyError(f"the pin file has no key {name}", hint=f"its keys are: {names}")
