"""Test vectors are written as a web host publishes them, with what a client is built with."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from tuf.api.metadata import Metadata, Timestamp

from pinsmith import pinfile
from pinsmith.errors import FileError
from pinsmith.lab.updates.policies import FLOOR
from pinsmith.lab.updates.writing import MAX_DAYS, write_vectors
from pinsmith.lab.vectors import VECTORS
from tests.lab.updates.client import TUFClient

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime(2026, 6, 15, 12, 0, 0, 7, dt.UTC)
SOME = tuple(vector for vector in VECTORS if vector.id in {"update", "rollback-timestamp"})


def test_each_vector_has_a_folder_and_each_state_one_in_it(tmp_path: Path) -> None:
    """All vectors are there, and nothing else but the root and the pin file."""
    folder = tmp_path / "updates"
    written = write_vectors(folder, now=NOW)
    assert written.vectors == VECTORS
    assert {path.name for path in folder.iterdir()} == {*(one.id for one in VECTORS), "root.json", "floor.toml"}
    for vector in VECTORS:
        states = sorted(path.name for path in (folder / vector.id).iterdir())
        assert states == [str(number) for number in range(1, len(vector.outcomes) + 1)]
        for state in states:
            assert {path.name for path in (folder / vector.id / state).iterdir()} == {"metadata", "targets"}


def test_a_client_is_built_once_for_all_vectors(tmp_path: Path) -> None:
    """All vectors begin with the same root, which the pin file names."""
    write_vectors(tmp_path, now=NOW, address="https://host.example.com:8443/updates/")
    content = pinfile.load_file(tmp_path / "floor.toml")
    assert content.policy == FLOOR
    assert content.updates is not None
    assert content.updates.addresses == ("https://host.example.com:8443/updates/",)
    assert content.updates.removal_delay == 0
    root = (tmp_path / content.updates.root).read_bytes()
    assert {path.read_bytes() for path in tmp_path.rglob("1.root.json")} == {root}


def test_no_private_key_is_written_and_no_team_comes_twice(tmp_path: Path) -> None:
    """Two folders have different keys, and neither contains a private one."""
    for name in ("one", "two"):
        write_vectors(tmp_path / name, now=NOW, vectors=SOME)
    assert (tmp_path / "one" / "root.json").read_bytes() != (tmp_path / "two" / "root.json").read_bytes()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"PRIVATE" in path.read_bytes()]


def test_the_files_can_be_used_for_the_days_that_were_asked_for(tmp_path: Path) -> None:
    """All signatures end at the same time, to the second."""
    written = write_vectors(tmp_path, now=NOW, days=90, vectors=SOME)
    assert written.until == NOW.replace(microsecond=0) + dt.timedelta(days=90)
    timestamp = Metadata[Timestamp].from_bytes((tmp_path / "update/1/metadata/timestamp.json").read_bytes())
    assert timestamp.signed.expires == written.until


@pytest.mark.parametrize("days", [0, MAX_DAYS + 1])
def test_other_times_are_refused(tmp_path: Path, days: int) -> None:
    """Files that are expired at once, or nearly never, are not written."""
    with pytest.raises(ValueError, match="from 1 to 366"):
        write_vectors(tmp_path, now=NOW, days=days)
    assert not list(tmp_path.iterdir())


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    """Old vectors do not mix with new ones, and no file of somebody is replaced."""
    (tmp_path / "root.json").write_text("mine")
    with pytest.raises(FileError, match="is not empty, so no test vectors were written") as raised:
        write_vectors(tmp_path, now=NOW)
    assert raised.value.hint == "name a folder that is empty or does not exist"
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_the_written_files_are_those_that_were_played(tmp_path: Path) -> None:
    """python-tuf's client accepts what was written, and refuses the state that is a rollback."""
    now = dt.datetime.now(dt.UTC)
    write_vectors(tmp_path / "updates", now=now, vectors=SOME)
    folder = tmp_path / "updates" / "rollback-timestamp"
    client = TUFClient(tmp_path / "cache", (tmp_path / "updates" / "root.json").read_bytes())
    states = [
        {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}
        for place in sorted(folder.iterdir())
    ]
    assert [client.refresh(state) for state in states] == [1, 2, None]
