"""The check of the project's English finds what it is there for."""

from __future__ import annotations

import pytest

from tests.meta import prose, source

CLIPPED = [
    "What is only reported is not told.",
    "`--no-backup` must be said aloud.",
    "An address is no host name.",
    "The file must go, for an app that trusts a folder would go on trusting it.",
    "Whoever reads the page learns it.",
    "Write every output, or say which are not true.",
    "Everything is kept, but for the pins.",
    "The client is to wait.",
    "Each is one situation.",
    "It tells what was lost.",
]
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
    """Each habit that CONTRIBUTING.md names is reported, with advice."""
    assert _problems(sentence)


@pytest.mark.parametrize("sentence", PLAIN)
def test_a_plain_sentence_passes(sentence: str) -> None:
    """Ordinary English is not reported."""
    assert _problems(sentence) == []


def test_a_sentence_that_runs_on_is_found() -> None:
    """Nobody reads forty words in one go; the same words in two sentences pass."""
    half = "one " * 20
    assert _problems(f"It is {half}and {half}.")
    assert not _problems(f"It is {half}. And {half}.".replace("And", "And"))


def test_code_is_not_prose() -> None:
    """What stands in backquotes and in code blocks follows other rules."""
    assert _problems("Pass `--told` to `is no`.") == []
