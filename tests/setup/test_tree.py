"""The search is bounded, stays inside of the repository, and survives hostile files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.setup import Tree, find_projects, tree as tree_module
from tests.setup.trees import ANDROID, GROOVY, package, write

if TYPE_CHECKING:
    from pathlib import Path


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A link to a directory or a file outside of the repository, or to itself, is left out."""
    write(ANDROID, tmp_path / "outside")
    inside = tmp_path / "inside"
    write({"src/a.txt": ""}, inside)
    (inside / "app").symlink_to(tmp_path / "outside/app")
    (inside / "package.json").symlink_to(tmp_path / "outside/build.gradle.kts")
    (inside / "src/loop").symlink_to(inside)
    assert Tree(inside).paths == ("src/a.txt",)


def test_directories_of_tools_are_skipped(tmp_path: Path) -> None:
    """The directories of package managers, builds and version control are not searched."""
    skipped = ("node_modules", "build", "Pods", ".git", "DerivedData", "vendor", "a/node_modules", "a/.gradle")
    write({f"{folder}/build.gradle": GROOVY for folder in skipped}, tmp_path)
    assert Tree(tmp_path).paths == ()


@pytest.mark.parametrize(("name", "value"), [("MAX_ENTRIES", 3), ("MAX_DEPTH", 1)])
def test_the_search_ends_at_its_limits(name: str, value: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a limit nothing is searched, and one finding says so and what to do."""
    write({f"a{at}/b/c/package.json": "{}" for at in range(5)}, tmp_path)
    monkeypatch.setattr(tree_module, name, value)
    tree = Tree(tmp_path)
    assert len(tree.paths) == 0
    (finding,) = tree.findings
    assert finding.rule == "search-incomplete"
    assert "pinsmith setup DIRECTORY" in finding.text


@pytest.mark.parametrize(
    ("path", "content", "place"),
    [
        ("package.json", b'{\n  "dependencies": {,\n}\n', "package.json:2:20"),
        ("package.json", b"\xff\x00\xff", "package.json:1:1"),
        ("package.json", b"[" * 300, "package.json:1:102"),
        ("package.json", b'{"dependencies": {"axios": "1", "axios": "2"}}', "package.json:1:33"),
        ("config.xml", b'<!DOCTYPE a [<!ENTITY b "c">]>\n<widget>&b;</widget>', "config.xml:1:13"),
        ("config.xml", b'<?xml version="1.0" encoding="utf-16"?>\n<widget/>', "config.xml:1:1"),
        ("App.xcodeproj/project.pbxproj", b"a\x00b", "App.xcodeproj/project.pbxproj:1:2"),
    ],
    ids=["broken", "another encoding", "deep", "twice", "entities", "encoding that is not its own", "not text"],
)
def test_a_file_that_cannot_be_read_becomes_a_finding(path: str, content: bytes, place: str, tmp_path: Path) -> None:
    """The finding has the place of the fault, and other projects are found all the same."""
    write({"other/package.json": package("axios")}, tmp_path)
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_bytes(content)
    tree = Tree(tmp_path)
    assert "node" in {project.kind for project in find_projects(tree)}
    (finding,) = tree.findings
    assert finding.rule == "file-not-read"
    assert str(finding.place) == place


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the limit of size becomes a finding."""
    monkeypatch.setattr(tree_module, "MAX_FILE_BYTES", 100)
    write({"package.json": package("axios") + " " * 100}, tmp_path)
    tree = Tree(tmp_path)
    assert find_projects(tree) == ()
    assert [finding.rule for finding in tree.findings] == ["file-not-read"]
    assert "larger than" in tree.findings[0].message
