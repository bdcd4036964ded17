"""`pinsmith formats` lists what exists, and so do the jobs of `pinsmith sync --print-ci`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from pinsmith.exit_code import ExitCode
from pinsmith.formats import _OF_PLATFORM, FORMATS
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path


def test_every_format_is_listed_with_its_abilities() -> None:
    """Every format has a line with its directions and its flags, from which losses are computed."""
    lines = run("formats").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [target.id for target in FORMATS]
    for line, of in zip(lines, FORMATS, strict=True):
        words = line.split()
        assert ("in" in words[1:3], "out" in words[1:3]) == (of.read is not None, of.write is not None)
        assert of.title in line
        assert line.endswith(", ".join(of.can.flags()))


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("ios", "apple-ats"),
        ("Android", "android-nsc"),
        ("flutter", "dart-io"),
        ("swift", "alamofire-swift"),
        ("react-native", "expo"),
        ("android-ncs", "android-nsc"),
        ("okhttp", "ktor"),
    ],
)
def test_a_platform_is_answered_with_its_formats(name: str, first: str) -> None:
    """For the name of a platform, or a misspelled id, the error lists the matching formats."""
    (hint,) = [line for line in run("export", name).stderr.splitlines() if "hint" in line]
    assert hint.startswith(f"pinsmith: hint: did you mean {first}")
    assert "axios" not in hint


def test_the_suggestions_for_a_platform_exist() -> None:
    """The table of platforms contains only known formats."""
    known = {target.id for target in FORMATS}
    assert {name for found in _OF_PLATFORM.values() for name in found} <= known


def test_the_list_is_for_programs_too() -> None:
    """The list is also a versioned document with an object for each format."""
    document = json.loads(run("formats", "--format", "json").stdout)
    assert list(document) == ["version", "formats"]
    assert document["version"] == 1
    assert [target["id"] for target in document["formats"]] == [target.id for target in FORMATS]
    for each, of in zip(document["formats"], FORMATS, strict=True):
        assert list(each) == ["id", "title", "reads", "writes", "can", "spec", "options"]
        assert (each["reads"], each["writes"]) == (of.read is not None, of.write is not None)
        assert each["can"] == list(of.can.flags())


@pytest.mark.parametrize("system", ["github", "gitlab", "pre-commit"])
def test_a_job_for_ci_runs_the_check(system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is printed without a pin file, is YAML, and runs the command that fails."""
    monkeypatch.chdir(tmp_path)
    answer = run("sync", "--print-ci", system)
    assert answer.code == ExitCode.OK
    assert YAML(typ="safe").load(answer.stdout)
    assert "pinsmith sync --check" in answer.stdout
    assert list(tmp_path.iterdir()) == []
