"""The web host of test vectors gives the files of its folder, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.servers.site import Request
from pinsmith.lab.updates.hosting import site_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a file, and another file beside it."""
    (tmp_path / "secret.json").write_bytes(b"secret")
    inner = tmp_path / "updates" / "update" / "1"
    inner.mkdir(parents=True)
    (inner / "1.root.json").write_bytes(b"root")
    return tmp_path / "updates"


def ask(folder: Path, path: str, method: str = "GET") -> tuple[int, bytes]:
    """Return the status and the body."""
    answer = site_of(folder).answer(Request(method, "localhost", path, ()))
    return answer.status, answer.body


def test_a_file_is_given(folder: Path) -> None:
    """The path below /updates/ is that below the folder."""
    assert ask(folder, "/updates/update/1/1.root.json") == (200, b"root")


@pytest.mark.parametrize(
    "path",
    [
        "/updates/../secret.json",
        "/updates/update/../../secret.json",
        "/updates/..%2fsecret.json",
        "/updates//secret.json",
        "/updates/update\\..\\..\\secret.json",
        "/updates/update/1",
        "/updates/update/1/2.root.json",
        "/updates/update/1/1.root.json?x",
        "/secret.json",
        "",
    ],
)
def test_nothing_else_is_given(folder: Path, path: str) -> None:
    """Other paths are unknown, also those that lead out of the folder."""
    assert ask(folder, path) == (404, b"")


def test_nothing_can_be_sent_there(folder: Path) -> None:
    """Other methods find nothing."""
    assert ask(folder, "/updates/update/1/1.root.json", "PUT") == (404, b"")
