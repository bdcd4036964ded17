"""Damaged files of a repository never break the command."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pinsmith.pinfile._edit_outputs import OutputEdit
from pinsmith.setup import Tree, examine
from tests.setup.trees import REPOSITORIES, write
from tests.thinned import thinned

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 6, 15, tzinfo=UTC)
PIECES = (
    b"",
    b"\0",
    b"\xff",
    b"<",
    b">",
    b"{",
    b"}",
    b"[",
    b'"',
    b"\n",
    b"$",
    b"&x;",
    b"  ",
    b"../../../etc/passwd",
    b"\x1b[2J",
)


@pytest.mark.parametrize("seed", thinned(range(20), range(3)))
def test_damaged_files_become_findings(seed: int, tmp_path: Path) -> None:
    """The examination of damaged files ends, and its changes stay in the repository."""
    chance = random.Random(seed)  # noqa: S311 - the same damage every time
    for name, repository in REPOSITORIES.items():
        folder = tmp_path / name
        repository.write(folder)
        for path in repository.files:
            content = bytearray((folder / path).read_bytes())
            for _ in range(chance.randrange(4)):
                at = chance.randrange(len(content) + 1)
                content[at : at + chance.randrange(9)] = chance.choice(PIECES)
            (folder / path).write_bytes(content)
        edit = OutputEdit.load(folder / "pins.toml")
        found = examine(
            edit, Tree(folder), folder / "pins.toml", lambda project: (*project.ways, None)[0], now=NOW, fix=True
        )
        assert all(file.resolve().is_relative_to(folder) for file in found.contents)
        assert all(str(finding).isprintable() for finding in found.findings)


def test_a_path_out_of_the_repository_is_not_an_output(tmp_path: Path) -> None:
    """An Xcode project that names an Info.plist elsewhere does not make pinsmith write there."""
    write({"repo/.git/config": "", "Info.plist": "<plist><dict/></plist>"}, tmp_path)
    REPOSITORIES["iOS"].write(tmp_path / "repo")
    (tmp_path / "repo/App.xcodeproj/project.pbxproj").write_text("INFOPLIST_FILE = ../Info.plist;\n")
    path = tmp_path / "repo/pins.toml"
    found = examine(OutputEdit.load(path), Tree(path.parent), path, lambda project: project.ways[0], now=NOW, fix=True)
    outputs = [entry.output.path for proposal in found.proposals for entry in proposal.outputs]
    assert outputs == ["App-Info.plist"]
