"""A table of what lint finds in a corpus of small files makes a change of meaning visible."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.errors import PinsmithError, UnknownFormatError
from pinsmith.finding import FilePlace, Severity
from pinsmith.importing.search import may_matter, search
from pinsmith.rules import RULES, Persona, lint, read, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.finding import Finding

CORPUS: Final = Path(__file__).parent / "corpus"
TABLE: Final = CORPUS / "findings.tsv"
TODAY: Final = date(2027, 1, 1)
GOOD: Final = sorted(path.name for path in (CORPUS / "good").iterdir())


def _lint(paths: Iterable[Path]) -> Iterator[tuple[str, Finding]]:
    """Yield the findings of every persona, with the names of the files in the corpus."""
    files = []
    for path in paths:
        name = path.relative_to(CORPUS).as_posix()
        try:
            files.append(read(path.read_bytes(), name, today=TODAY))
        except UnknownFormatError as error:
            raise AssertionError(name) from error
        except PinsmithError as error:
            yield name, unreadable(error, name)
    for finding in lint(files, RULES, persona=Persona.AUDITOR):
        assert isinstance(finding.place, FilePlace)
        yield finding.place.file, finding


def _counted() -> list[str]:
    """Count the findings of each file: those of one folder are compared with each other, the others stand alone."""
    alone = sorted([*(CORPUS / "good").iterdir(), *(CORPUS / "bad").iterdir()])
    found = [finding for path in alone for finding in _lint([path])]
    found += _lint(search(CORPUS / "together"))
    counts = Counter((file, finding.rule, str(finding.severity)) for file, finding in found)
    return ["\t".join((*row, str(count))) for row, count in sorted(counts.items())]


def test_the_findings_are_those_of_the_table() -> None:
    """Every file has the findings that the table lists. UPDATE_CORPUS=1 writes it anew; then read the difference."""
    lines = ["# file\trule\tseverity\tcount", *_counted()]
    if os.environ.get("UPDATE_CORPUS"):
        TABLE.write_text("\n".join([*lines, ""]), encoding="utf-8")
    assert TABLE.read_text("utf-8").splitlines() == lines


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_quiet(name: str) -> None:
    """A file that is right has no finding above info, whoever reads it."""
    assert [finding for _, finding in _lint([CORPUS / "good" / name]) if finding.severity > Severity.INFO] == []


def test_every_bad_file_has_a_finding() -> None:
    """Each file of the folder bad is found by somebody."""
    listed = {line.split("\t")[0] for line in TABLE.read_text("utf-8").splitlines()[1:]}
    assert {f"bad/{path.name}" for path in (CORPUS / "bad").iterdir()} <= listed


def test_a_search_finds_every_file() -> None:
    """A search of the folder finds every file of the corpus but the table."""
    paths = {path for path in search(CORPUS) if may_matter(path.read_bytes(), path.name)}
    assert paths == {path for path in CORPUS.rglob("*") if path.is_file()} - {TABLE}
