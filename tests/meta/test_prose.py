"""The check of the project's English finds the habits that it looks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.meta import prose, source

# A file of its own, because the check reads strings of Python files but no text files.
CLIPPED = Path(__file__).with_name("clipped.txt").read_text("utf-8").splitlines()
PLAIN = [
    "Mismatches of report-only hosts are not reported.",
    "To pin a host without a backup, pass `--no-backup`.",
    "An address is not a host name.",
    "The file must go, because an app that trusts a folder would go on trusting it.",
    "Who should pin? What happens to a host without pins?",
    "The key is no longer served, and there is no need for it.",
    "Only the pins can tell the two servers apart.",
]


def _problems(text: str) -> list[str]:
    return list(prose.problems(prose.Passage(source.ROOT / "README.md", 1, text)))


@pytest.mark.parametrize("sentence", CLIPPED)
def test_a_clipped_sentence_is_found(sentence: str) -> None:
    """The check reports each habit that CONTRIBUTING.md names."""
    assert _problems(sentence)


@pytest.mark.parametrize("sentence", PLAIN)
def test_a_plain_sentence_passes(sentence: str) -> None:
    """The check does not report ordinary English."""
    assert _problems(sentence) == []


def test_a_sentence_that_runs_on_is_found() -> None:
    """A sentence of forty words is reported; the same words in two sentences pass."""
    half = "one " * 20
    assert _problems(f"It is {half}and {half}.")
    assert not _problems(f"It is {half}. And {half}.")


def test_code_is_not_prose() -> None:
    """The check ignores code in backquotes."""
    assert _problems("Pass `--told` to `is no`.") == []
