"""Moments in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pinsmith.documents.moment import moment_text
from pinsmith.server.ago import ago
from tests.checks.sample import NOW


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (119, "2 minutes ago"),
        (7199, "119 minutes ago"),
        (7200, "2 hours ago"),
        (172_800, "2 days ago"),
        (-300, "in 5 minutes"),
        (-864_000, "in 10 days"),
    ],
)
def test_a_moment_in_words(seconds: int, words: str) -> None:
    """The words are right to half a unit, before and after now."""
    assert ago(moment_text(NOW - timedelta(seconds=seconds)), NOW) == words
