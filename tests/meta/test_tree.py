"""The tree describes the product, not the machines and services on which it was written."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.meta import source

if TYPE_CHECKING:
    from pathlib import Path

# A letter in brackets prevents a pattern from matching itself.
FORBIDDEN = {
    "a folder of somebody's machine": r"(?<![\w.])/(?:[w]ork|[r]oot|[f]arm|[h]ome/\w+|[U]sers/\w+)/[\w.]",
    "the address of a package index": r"[p]ypi\.org|[f]iles\.pythonhosted|[r]egistry\.npmjs|[c]rates\.io",
    "the way it was written": r"(?i)\b(?:[a]ssistants?|[l]anguage model|[c]o-authored-by)\b",
    "a marker of unfinished work": r"\b(?:[T]ODO|[F]IXME|[X]XX)\b",
    "a private key": r"-----BEGIN (?:[A-Z]+ )?[P]RIVATE KEY-----\s*\n[A-Za-z0-9+/=]{20}",
}


@cache
def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_in_the_tree_names(what: str) -> None:
    """No file mentions a machine, a service or a way of working that means nothing to a later reader."""
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path.relative_to(source.ROOT)}:{number}: {line.strip()[:80]}"
        for path in source.tracked_files()
        for number, line in _matches(pattern, _text(path))
    ]
    assert not found


def _matches(pattern: re.Pattern[str], text: str) -> list[tuple[int, str]]:
    """Find the lines on which a match begins, numbered from 1."""
    lines = text.splitlines() or [""]
    starts = [text.count("\n", 0, match.start()) for match in pattern.finditer(text)]
    return [(start + 1, lines[start]) for start in starts]


@pytest.mark.parametrize(
    ("what", "halves"),
    [
        ("a folder of somebody's machine", ("see /wo", "rk/main")),
        ("the address of a package index", ("https://py", "pi.org/simple")),
        ("the way it was written", ("Co-Auth", "ored-By: somebody")),
        ("a marker of unfinished work", ("# TO", "DO: later")),
        ("a private key", ("-----BEGIN EC PRIV", "ATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG")),
    ],
)
def test_the_check_can_fail(what: str, halves: tuple[str, str]) -> None:
    """Each pattern matches its sample. The samples are split in halves, so that the check does not report this file."""
    line = "".join(halves)
    assert _matches(re.compile(FORBIDDEN[what]), f"first\n{line}\n") == [(2, line.splitlines()[0])]


def test_no_file_is_too_large_to_review() -> None:
    """Files above half a megabyte belong in a release, not in the tree."""
    large = [path.name for path in source.tracked_files() if path.stat().st_size > 500_000]
    assert not large


def test_commits_leave_no_built_file() -> None:
    """Built files are not committed; generated pages are, because a test compares them."""
    built = [path for path in source.tracked_files() if path.suffix in {".pyc", ".so", ".whl", ".egg"}]
    assert not built
