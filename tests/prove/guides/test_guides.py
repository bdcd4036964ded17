"""Snippets of guides fail in the lab as the published page describes, and the faults of the others are as shown."""

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
    """Every snippet in this comparison fails in the lab, or a fault of it is shown in another way."""
    for guide, failed in _found():
        assert failed or guide.shown is not None, guide.id


def test_the_page_shows_the_results_of_this_run() -> None:
    """The published comparison is that of this run."""
    made = page.page(_found())
    assert page.PAGE.read_text("utf-8") == made, "if this is correct, write it down with `python -m tests.prove guides`"
