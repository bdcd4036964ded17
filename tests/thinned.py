"""Parameters of which `make test` tries a few, and CI tries all."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from _pytest.mark import ParameterSet

_Value = TypeVar("_Value")


def thinned(values: Iterable[_Value], kept: Container[_Value]) -> list[ParameterSet]:
    """List *values* for `pytest.mark.parametrize`; those that are not *kept* are marked `thorough`."""
    return [pytest.param(value, marks=() if value in kept else pytest.mark.thorough) for value in values]
