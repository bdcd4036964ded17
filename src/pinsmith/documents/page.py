"""
The page of the documentation that describes a code or a rule: a path below ``docs``, with an anchor.

The documentation has no published address yet. A reference in any output is made here, so an address can be added here.
"""

from __future__ import annotations

from functools import cache

from pinsmith.errors import PinsmithError

_ERRORS = "reference/errors.md"
_OF_SYNC = "out-of-sync"  # an error code of a command, and the rule of a finding


def page_of_error(code: str) -> str:
    """Return the place that describes an error *code*."""
    return f"{_ERRORS}#{code}"


def page_of_rule(rule: str) -> str:
    """Return the place that describes the *rule* of a finding, which may be the code of an error."""
    return page_of_error(rule) if is_error(rule) else f"reference/rules.md#rule-{rule}"


def page_of_scenario(scenario: str) -> str:
    """Return the place that describes a *scenario* of the lab, by its id."""
    return f"reference/lab-scenarios.md#{scenario}"


def is_error(rule: str) -> bool:
    """Say whether the *rule* of a finding is the code of an error."""
    return rule in _codes()


@cache
def _codes() -> frozenset[str]:
    found, left = {_OF_SYNC}, [PinsmithError]
    while left:
        error = left.pop()
        found.add(error.code)
        left += error.__subclasses__()
    return frozenset(found)
