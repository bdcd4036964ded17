"""`pinsmith formats` lists and describes formats."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinsmith.documents.formats import format_out
from pinsmith.exit_code import ExitCode
from pinsmith.formats import FORMATS, PLATFORMS, of_platform
from tests.cli.support import run

if TYPE_CHECKING:
    from pinsmith.formats import Format, Platform


def test_the_list_is_grouped_by_platform_and_fits() -> None:
    """Every platform has a heading and a line for each of its formats, of at most 100 columns."""
    lines = run("formats").stdout.splitlines()
    assert [line for line in lines if line and line[0] != " "] == [platform.title for platform in PLATFORMS]
    assert max(map(len, lines)) <= 100
    listed = {line.split()[0]: line for line in lines if line.startswith("  ")}
    assert set(listed) == {target.id for target in FORMATS}
    for target in FORMATS:
        words = listed[target.id].split()
        assert ("in" in words[1:3], "out" in words[1:3]) == (target.read is not None, target.write is not None)
        assert listed[target.id].endswith(f"  {target.title}")


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.id)
def test_the_formats_of_a_platform_are_listed(platform: Platform) -> None:
    """The name of a platform lists its formats, below the guide if a format has the same name."""
    listed = run("formats", platform.id).stdout.partition(f"{platform.title}\n")[2].splitlines()
    if platform.id not in {target.id for target in FORMATS}:
        assert [line.split()[0] for line in listed] == [target.id for target in of_platform(platform)]
    assert {target.id for target in of_platform(platform)} <= {line.split()[0] for line in listed if line.strip()}


@pytest.mark.parametrize("target", FORMATS, ids=lambda target: target.id)
def test_a_format_is_described(target: Format) -> None:
    """The guide names the place of the file, the lines to add, all options, remarks and limits, and its page."""
    shown = run("formats", target.id).stdout
    lines = shown.splitlines()
    assert lines[0] == f"{target.id}: {target.title}"
    if target.write is not None:
        assert f'    path = "{target.place}"' in lines
        assert "How to verify it" in lines
    for addition in target.additions:
        assert set(addition.text.split()) <= set(shown.split())
    assert all(f"  * {option.name}: " in shown for option in target.options)
    words = " ".join(shown.split())
    assert all(f"* {text}" in words for text in (*target.remarks, *target.limits) if "[](" not in text)
    page, _, section = next(line.split()[1] for line in lines if line.startswith("docs:")).partition("#")
    assert f"({section})=" in Path(page).read_text("utf-8") if section else Path(page).is_file()
    guides = [line.split()[1] for line in lines if line.startswith("guide:")]
    assert guides == [f"docs/{guide}" for guide in [format_out(target).guide] if guide]


@pytest.mark.parametrize("target", FORMATS, ids=lambda target: target.id)
def test_the_text_of_a_guide_fits(target: Format) -> None:
    """Text is wrapped at 100 columns. Addresses and code, which are there to be copied, are not."""
    before, _, after = run("formats", target.id).stdout.partition("\nHow to use it\n")
    lines = [*before.splitlines(), *after.partition("\nOptions\n")[2].splitlines()]
    assert [line for line in lines if len(line) > 100 and not line.startswith("reference:")] == []


def test_the_output_in_a_guide_is_a_pin_file() -> None:
    """The [[output]] of every guide can be pasted: TOML with the format and the place."""
    for target in FORMATS:
        _, found, rest = run("formats", target.id).stdout.partition("    [[output]]\n")
        if target.write is not None:
            (output,) = tomllib.loads(found + rest.partition("\n\n")[0])["output"]
            assert (output["format"], output["path"]) == (target.id, target.place)
            assert ("hosts" in output) == (target.can.hosts != "many")


@pytest.mark.parametrize("command", ["formats", "export"])
@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("swift", "alamofire-swift"),
        ("android-ncs", "android-nsc"),
        ("okhttp", "ktor"),
        ("java", "apache-httpclient"),
        ("csharp", "dotnet"),
    ],
)
def test_a_name_that_is_nearly_right_is_answered_with_formats(command: str, name: str, first: str) -> None:
    """For a misspelled id, or a word of titles, the error suggests the matching formats."""
    answer = run(command, name)
    (hint,) = [line for line in answer.stderr.splitlines() if "hint" in line]
    assert answer.code == ExitCode.USAGE
    assert hint.startswith(f"pinsmith: hint: did you mean {first}")
    assert "axios" not in hint


@pytest.mark.parametrize(
    ("name", "formats"),
    [
        ("ios", ("apple-ats", "trustkit-ios", "alamofire-swift", "urlsession-swift")),
        ("Android", ("android-nsc", "okhttp-kotlin", "trustkit-android")),
        ("flutter", ("dart-io",)),
        ("react-native", ("android-nsc", "apple-ats", "rn-public-key-pinning")),
    ],
)
def test_an_export_to_a_platform_is_an_error_that_lists_its_formats(name: str, formats: tuple[str, ...]) -> None:
    """`export ios` writes nothing, and lists the formats of iOS with their titles."""
    answer = run("export", name)
    assert (answer.code, answer.stdout) == (ExitCode.USAGE, "")
    listed = [line.split()[0] for line in answer.stderr.splitlines() if line.startswith("  ")]
    assert set(formats) <= set(listed)
    assert "axios" not in listed


def test_the_list_is_for_programs_too() -> None:
    """The list is also a versioned document with an object for each format."""
    document = json.loads(run("formats", "--format", "json").stdout)
    assert list(document) == ["version", "formats"]
    assert document["version"] == 1
    assert [target["id"] for target in document["formats"]] == [target.id for target in FORMATS]
    for each, of in zip(document["formats"], FORMATS, strict=True):
        assert (each["reads"], each["writes"]) == (of.read is not None, of.write is not None)
        assert each["can"] == list(of.can.flags())
        assert each["platforms"] == list(of.platforms)
        assert each["options"] == [option["name"] for option in each["option_details"]]


@pytest.mark.parametrize(
    ("name", "ids"),
    [("android-nsc", ["android-nsc"]), ("python", ["python"]), ("flutter", ["dart-io"])],
    ids=["a format", "a format named like its platform", "a platform"],
)
def test_a_guide_is_for_programs_too(name: str, ids: list[str]) -> None:
    """With a name, the document contains only that format, or the formats of that platform."""
    document = json.loads(run("formats", name, "--format", "json").stdout)
    assert [target["id"] for target in document["formats"]] == ids
