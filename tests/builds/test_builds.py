"""Build files, and the versions that have holes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith import builds
from pinsmith.builds._reader import client
from pinsmith.builds._version import parse_span
from tests.builds.samples import SAMPLES

if TYPE_CHECKING:
    from tests.builds.samples import Sample

_OKHTTP = "maven:com.squareup.okhttp3:okhttp"
_DOT, _LIST, _WEBPKI = "CVE-2026-129482", "CVE-2016-2402", "RUSTSEC-2026-0382"
_REQUESTS, _AIOHTTP = "psf/requests#6715", "aio-libs/aiohttp#6652"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_build_file_lists_its_clients(sample: Sample) -> None:
    """Each client has the version and the line of the file; comments, variables and open ranges are left out."""
    found = builds.read(sample.text, sample.name)
    assert tuple((one.package, one.shown, one.place.line) for one in found) == sample.listed
    assert builds.may_matter(sample.text.encode(), sample.name)


def test_every_reader_has_a_sample() -> None:
    """A reader without a sample fails here."""
    assert {sample.reader for sample in SAMPLES} == {reader.id for reader in builds.READERS}


@pytest.mark.parametrize(
    ("package", "version", "holes"),
    [
        (_OKHTTP, "2.9.9", []),
        (_OKHTTP, "3.0.0", [_DOT, _LIST]),
        (_OKHTTP, "3.1.1", [_DOT, _LIST]),
        (_OKHTTP, "3.1.2", [_DOT]),
        (_OKHTTP, "3.1.2-RC1", [_DOT, _LIST]),
        (_OKHTTP, "5.5.1", [_DOT]),
        (_OKHTTP, "5.5.1.Final", [_DOT]),
        (_OKHTTP, "5.5.2-alpha.1", []),
        (_OKHTTP, "5.5.2", []),
        ("maven:com.squareup.okhttp:okhttp", "2.7.3", [_LIST]),
        ("maven:com.squareup.okhttp:okhttp", "2.7.4", []),
        ("conan:libcurl with wolfSSL", "8.4.0", ["CVE-2026-87866"]),
        ("conan:libcurl with wolfSSL", "8.5.0", ["CVE-2026-87866", "CVE-2025-5025"]),
        ("conan:libcurl with wolfSSL", "8.14.0", ["CVE-2026-87866"]),
        ("conan:libcurl with wolfSSL", "8.22.1", []),
        ("cargo:rustls-webpki", "0.103.15", [_WEBPKI]),
        ("cargo:rustls-webpki", "0.103.16", []),
        ("cargo:rustls-webpki", "0.104.0-alpha.1", []),
        ("pypi:requests", "2.31.0", []),
        ("pypi:requests", "2.32", [_REQUESTS]),
        ("pypi:requests", "2.32.2.post1", [_REQUESTS]),
        ("pypi:requests", "2.32.3", []),
        ("pypi:aiohttp", "3.11.0rc1", [_AIOHTTP]),
        ("pypi:aiohttp", "3.11.0", []),
        ("dotnet:.NET for Android", "10.0", ["dotnet/runtime#133443"]),
        ("npm:undici", "4.8.1", []),
        ("npm:undici", "4.8.2", ["CVE-2022-32210"]),
        ("npm:undici", "5.5.0", ["CVE-2022-32210"]),
        ("npm:undici", "5.5.1", []),
        ("npm:undici", "7.22.0", []),
        ("npm:undici", "7.23.0", ["CVE-2026-9697"]),
        ("npm:undici", "7.28.0", []),
        ("npm:undici", "8.4.1", ["CVE-2026-9697"]),
        ("npm:undici", "8.5.0", []),
        ("npm:https-proxy-agent", "2.2.2", ["GHSA-pc5p-h8pf-mvwp"]),
        ("npm:https-proxy-agent", "2.2.3", []),
        ("npm:request", "2.88.2", ["request/request#2872"]),
        ("cocoapods:Starscream", "2.0.3", ["CVE-2017-7192", "CVE-2017-5887"]),
        ("swift:daltoniam/starscream", "2.0.4", []),
    ],
)
def test_versions_inside_and_outside(package: str, version: str, holes: list[str]) -> None:
    """A hole has its first and its last version, and pre-releases of the fixed one; not the fixed one."""
    (one,) = client(package, version, "lock", 1, is_lock=True)
    assert [hole.id for hole in builds.holes_of(one)] == holes


def test_curl_with_another_library_is_left_out() -> None:
    """The holes of wolfSSL builds are not reported for libcurl with OpenSSL, nor if the file does not name it."""
    for option in ("", "[options]\nlibcurl/*:with_ssl=openssl\n"):
        assert builds.read(f"[requires]\nlibcurl/8.12.1\n{option}", "conanfile.txt") == ()


@pytest.mark.parametrize(
    ("asked", "is_affected"),
    [
        (">=2.32.0,<2.32.3", True),
        (">=2.32.1, <=2.32.2", True),
        ("==2.32.1", True),
        (">=2.32.0", False),
        (">=2.31,<2.32.3", False),
        (">=2.32.0,<=2.32.3", False),
        (">=2.32.0,<3", False),
    ],
)
def test_a_range_counts_if_all_of_it_is_affected(asked: str, is_affected: bool) -> None:  # noqa: FBT001
    """A range that contains any version without the hole is not reported."""
    (one,) = builds.read(f"requests{asked}\n", "requirements.txt")
    assert bool(list(builds.holes_of(one))) is is_affected


@pytest.mark.parametrize("asked", ["~=2.32.0", "!=2.32.1", "==2.32.*", "===2.32.1", "<2,>3", ""])
def test_other_ranges_are_not_understood(asked: str) -> None:
    """A range with another operator, or without any version in it, is left out."""
    assert parse_span(asked) is None


def test_the_table_can_be_used() -> None:
    """Each hole has ranges that can be read, a source, and a fix or advice."""
    for hole in builds.holes():
        assert len(hole.spans) == len(hole.affected) > 0
        assert hole.source.startswith("https://")
        assert hole.fixed or hole.fix


@pytest.mark.parametrize("name", [sample.name for sample in SAMPLES])
def test_hostile_files_take_linear_time(name: str) -> None:
    """A file of megabytes on one line, of brackets or of openings that never close lists nothing, and soon."""
    for unit in (
        '"requests',
        "[[package]]\nname = ",
        '{"requests":',
        "<dependency>",
        "<!--",
        "requests==9,",
        "a: &a [*a, *a]\n",
    ):
        assert builds.read(unit * (200_000 // len(unit)), name) == ()
