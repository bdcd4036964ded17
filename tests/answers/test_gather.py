"""Many files are read in worker processes, with the same result, and a file that is lost there is never silent."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith import workers
from pinsmith.answers import Mentions, answers_of_source
from pinsmith.answers.gather import Source, gather
from pinsmith.importing.collect import collect
from pinsmith.importing.search import search
from pinsmith.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pinsmith.answers.gather import Gathered
    from pinsmith.errors import PinsmithError

TODAY: Final = date(2027, 1, 1)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a project with the examples of all rules, and with files that cannot be read."""
    top = tmp_path_factory.mktemp("tree")
    for rule in RULES:
        for number, (_, name, text) in enumerate(rule.example.parts):
            path = top / rule.id / str(number) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    (top / "broken.xml").write_text("<network-security-config><pin-set>", "utf-8")
    (top / "latin.kt").write_bytes(b"// CertificatePinner \xe4\n")
    (top / "AndroidManifest.xml").write_text("<manifest><application/></manifest>", "utf-8")
    return top


def _watch(count: int) -> AbstractContextManager[Callable[[], None]]:
    del count
    return nullcontext(lambda: None)


def _gather(top: Path) -> list[Gathered]:
    sources = [Source(path, str(path)) for path in search(top)]
    return gather(sources, today=TODAY, looks_for_hosts=True, watch=_watch)


def _in_workers(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(workers, "MANY", 1)
    monkeypatch.setattr(workers, "_number", lambda tasks: min(number, tasks))


def test_workers_find_what_one_process_finds(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings, pins and mentions are equal, in the same order, with one worker and with two."""
    here = _gather(tree)
    assert sum(one.read.file is not None for one in here) > 60
    assert any(one.read.broken for one in here)
    for number in (1, 2):
        _in_workers(monkeypatch, number)
        assert _gather(tree) == here


def test_workers_import_what_one_process_imports(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The places, notes and failures of an import are equal, in the same order."""
    here = collect([tree], today=TODAY)
    assert len(here.places) > 20
    assert here.failures
    _in_workers(monkeypatch, 2)
    there = collect([tree], today=TODAY)
    assert (there.places, there.notes, there.silent) == (here.places, here.notes, here.silent)
    assert list(map(_shown, there.failures)) == list(map(_shown, here.failures))


def _shown(failure: tuple[str, PinsmithError]) -> tuple[str, type[PinsmithError], str, str | None]:
    name, error = failure
    return name, type(error), str(error), error.hint


def test_mentions_of_files_add_up(tree: Path) -> None:
    """Files that are read one by one mention the same hosts and names as together."""
    together, added = Mentions(), Mentions()
    for path in search(tree):
        together.read(path.read_bytes(), str(path))
    for one in _gather(tree):
        added.add(one.mentions)
    assert added == together
    assert together.hosts


def test_a_file_whose_reader_is_lost_may_pin_any_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a finding of high severity, and a host that nothing else pins is "cannot tell"."""
    path = tmp_path / "Client.kt"
    path.write_text('val home = "https://api.example.com/"\n')

    def lose(function: object, tasks: list[object], paths: object, *, tick: object) -> list[workers.Lost]:
        del function, paths, tick
        return [workers.Lost("the parser crashed") for _ in tasks]

    monkeypatch.setattr(workers, "run_for_files", lose)
    (found,) = gather([Source(path, "Client.kt")], today=TODAY, watch=_watch)
    assert found.read.file is not None
    (note,) = found.read.file.notes
    assert (note.rule, note.severity.name, str(note.place)) == ("code-not-read", "HIGH", "Client.kt")
    assert note.message == "the parser crashed, so it is not known what this file pins"
    mentions = Mentions()
    mentions.read(path.read_bytes(), "Client.kt")
    (answer,) = answers_of_source([found.read.file], mentions)
    assert str(answer.answer) == "cannot tell"
    ((name, error),) = collect([path], today=TODAY).failures
    assert (name, str(error)) == (path.as_posix(), f"{path.as_posix()}: {note.message}")
