"""The guide to a format: its platforms, the place of its file, and the lines to add elsewhere."""

from __future__ import annotations

import tomllib
from pathlib import PurePosixPath
from typing import get_args

import pytest

from pinsmith.errors import UnknownFormatError
from pinsmith.formats import FORMATS, PLATFORMS, Format, find, of_platform, platform_of
from pinsmith.formats._guide import PlatformId


@pytest.mark.parametrize("target", FORMATS, ids=lambda target: target.id)
def test_every_format_has_platforms(target: Format) -> None:
    """Every format is listed for at least one platform, and for none twice."""
    assert target.platforms
    assert len(set(target.platforms)) == len(target.platforms)
    assert set(target.platforms) <= {platform.id for platform in PLATFORMS}


@pytest.mark.parametrize("target", FORMATS, ids=lambda target: target.id)
def test_every_format_that_is_written_has_a_place(target: Format) -> None:
    """The place is a path inside a project, and ends as the files of the format do."""
    assert bool(target.place) == (target.write is not None)
    if target.place:
        path = PurePosixPath(target.place)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert target.place.endswith(target.suffixes)


@pytest.mark.parametrize("target", FORMATS, ids=lambda target: target.id)
def test_additions_have_a_file_and_lines(target: Format) -> None:
    """An addition names another file than the output, and holds lines without trailing blanks."""
    for addition in target.additions:
        assert addition.file
        assert addition.file != target.place
        assert addition.text.strip()
        assert all(line == line.rstrip() for line in addition.text.splitlines())
        if addition.file == "Cargo.toml":
            assert tomllib.loads(addition.text)["dependencies"]


def test_every_platform_has_formats_and_names_of_its_own() -> None:
    """No platform is empty, and no name means two platforms."""
    assert [platform.id for platform in PLATFORMS] == list(get_args(PlatformId))
    assert all(of_platform(platform) for platform in PLATFORMS)
    words = [word for platform in PLATFORMS for word in (platform.id, *platform.words)]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("name", "platform"),
    [("ios", "ios"), ("iPhone", "ios"), ("React Native", "react-native"), ("JavaScript", "node"), ("curl", None)],
)
def test_a_platform_is_found_by_its_names(name: str, platform: str | None) -> None:
    """Case, blanks and hyphens do not matter."""
    found = platform_of(name)
    assert (found.id if found else None) == platform


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.id)
def test_a_platform_in_place_of_a_format_is_an_error_with_its_formats(platform: object) -> None:
    """`find` lists the formats of a platform, unless a format has the same name."""
    entry = next(entry for entry in PLATFORMS if entry is platform)
    known = {target.id for target in FORMATS}
    if entry.id in known:
        assert find(entry.id).id == entry.id
        return
    with pytest.raises(UnknownFormatError, match=entry.title) as caught:
        find(entry.id)
    assert [line.split()[0] for line in caught.value.details] == [target.id for target in of_platform(entry)]
