"""
Every reader finds the pins that a person found by reading the same files, and a page shows how many it misses.

The files are in ``fixtures``, in a folder for each extractor, and in the corpora of formats and rules. ``labels.tsv``
lists what each contains: `tests.readers.labels`. Fixtures are named like code, with ``.txt`` behind. The code of the
rules is not in the table if it gives no host and pin, and then a reader must find none.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith import audit, formats, importing
from tests.meta import source
from tests.readers import __main__ as program, labels
from tests.readers.counted import by_file, differences
from tests.readers.page import page

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE: Final = Path(__file__).parent
TESTS: Final = HERE.parent
PAGE: Final[Path] = source.ROOT / "docs" / "lint-measured.md"
LABELS: Final = labels.read(HERE / "labels.tsv")
PUBLIC: Final = labels.read(program.PUBLIC)
OF_RULES: Final = "rules/code/fixtures/"
OF_THE_PROJECT: Final = frozenset({"generated"})
"""Readers of what pinsmith writes: other tests read back every target."""


def labelled() -> Iterator[str]:
    """Yield every file that must have a label."""
    folders = [HERE / "fixtures", TESTS / "rules" / "corpus"]
    for folder in (*folders, *(TESTS / "formats" / "samples").glob("*/valid")):
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix not in (".toml", ".tsv"):
                yield path.relative_to(TESTS).as_posix()


def test_every_file_has_a_label() -> None:
    """No fixture is left out of the table, and no line of the table is about a file that is gone."""
    files = {file for file in by_file(LABELS) if not file.startswith(OF_RULES)}
    assert sorted(labelled()) == sorted(files)


@pytest.mark.parametrize("folder", sorted({file.rpartition("/")[0] for file in by_file(LABELS)}))
def test_readers_find_what_is_labelled(folder: str) -> None:
    """A reader finds the pins, hosts and lines that the table expects of it, and no others."""
    found: list[str] = []
    for file, about in by_file(LABELS).items():
        if file.rpartition("/")[0] == folder:
            path = TESTS / file
            found += differences(path.read_bytes(), path.name.removesuffix(".txt"), about)
    assert found == []


def test_readers_find_no_other_pins_in_the_code_of_rules() -> None:
    """A file of the rules about code that is not in the table pins nothing, and its reader finds nothing."""
    others = [path for path in (TESTS / OF_RULES).iterdir() if f"{OF_RULES}{path.name}" not in by_file(LABELS)]
    found = [one for path in others for one in differences(path.read_bytes(), path.name.removesuffix(".txt"), [])]
    assert others
    assert found == []


@pytest.mark.parametrize(
    "file",
    [
        "cpp-tls/lone.cpp",
        "okhttp/Elsewhere.kt",
        "okhttp/Unused.kt",
        "own-check/Delegate.m",
        "own-check/Lone.swift",
        "own-check/Pinning.dart",
        "rust-tls/lone.rs",
        "trust-manager/TrustManager.kt",
    ],
)
def test_pins_without_a_host_are_noted(file: str) -> None:
    """Pins whose host another file gives are a note, and never belong to a host that was guessed."""
    path = HERE / "fixtures" / f"{file}.txt"
    reading = importing.read(path.read_bytes(), path.stem).reading
    assert (reading.hosts, {note.rule for note in reading.notes}) == ((), {"value-elsewhere"})


def test_every_reader_has_labels() -> None:
    """Each extractor and each format that can be read has a file with pins, or one whose certificates it reports."""
    known = {extractor.id for extractor in audit.EXTRACTORS} | {one.id for one in formats.SYNTAXES if one.read}
    assert known - OF_THE_PROJECT <= {label.reader for label in LABELS}


def test_what_is_missed_or_wrong_has_a_reason() -> None:
    """A pin that a reader does not find, and a text that it takes for a pin, stand in the table with the reason."""
    assert all(label.reason for label in (*LABELS, *PUBLIC) if label.outcome != "found" and label.pins)


def test_the_page_shows_what_was_read() -> None:
    """The tables of the documentation are those of today. UPDATE_CORPUS=1 writes them; then read the difference."""
    if os.environ.get("UPDATE_CORPUS"):
        PAGE.write_text(page(PAGE.read_text("utf-8"), LABELS, PUBLIC), "utf-8", newline="\n")
    assert PAGE.read_text("utf-8") == page(PAGE.read_text("utf-8"), LABELS, PUBLIC)


def test_files_of_others_are_compared_by_their_hashes(tmp_path: Path) -> None:
    """A file that is not ours is recognised by its SHA-256 and compared by hashes, and one that is absent is named."""
    own = [label for label in LABELS if label.file == "formats/samples/android-nsc/valid/nested.xml"]
    shutil.copy(TESTS / own[0].file, tmp_path / "other.xml")
    public = labels.known_as((tmp_path / "other.xml").read_bytes())
    hidden = [label.hashed(public) for label in own]
    assert [label.pins for label in hidden] != [label.pins for label in own]
    assert program.compare(tmp_path, hidden) == []
    assert len(program.compare(tmp_path, hidden[1:])) == len(own[0].pins)
    (tmp_path / "other.xml").unlink()
    assert program.compare(tmp_path, hidden) == [f"{public}: no file of the folder has this SHA-256"]
