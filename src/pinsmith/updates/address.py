"""The addresses of a bundle, in the order in which they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors.updates import UpdateSettingsError
from pinsmith.pinfile._updates import address_problem

if TYPE_CHECKING:
    from collections.abc import Sequence


def addresses_of(url: str | None, others: Sequence[str]) -> tuple[str, ...]:
    """
    Return *url*, if there is one, and then *others*, each once.

    Raises:
        UpdateSettingsError: If *url* is not the https URL of a directory. The message contains no password.
    """
    if url is None:
        return tuple(others)
    problem = address_problem(url)
    if problem is not None:
        raise UpdateSettingsError(f"updates cannot come from there: {problem[0]}", hint=problem[1])
    return tuple(dict.fromkeys((url.rstrip("/") + "/", *others)))
