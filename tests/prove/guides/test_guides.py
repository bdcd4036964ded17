"""Snippets of guides fail in the lab where the published page says so, and what it shows about others is so."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.prove.guides import page
from tests.prove.guides.family import found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.prove.guides.guide import Guide

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1200)]


@cache
def _found() -> list[tuple[Guide, Mapping[str, str]]]:
    return found()


def test_every_snippet_that_is_run_fails_something() -> None:
    """A snippet that does what it should has no place in this comparison, unless something else is shown about it."""
    for guide, failed in _found():
        assert failed or guide.shown is not None, guide.id


def test_the_page_tells_what_was_found() -> None:
    """The published comparison is that of this run."""
    made = page.page(_found())
    assert page.PAGE.read_text("utf-8") == made, "if it is right, `python -m tests.prove guides` writes it down"
