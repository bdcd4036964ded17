"""Pins as Android's own parser computes them, against what pinsmith reads from the same files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import FormatError
from pinsmith.formats import android_nsc
from pinsmith.host import ancestors, canonical_host
from tests.extended.android.grammar import PROBES, Grammar
from tests.extended.android.platform import Machine, Platform, runnable

if TYPE_CHECKING:
    from pinsmith.formats import Found

pytestmark = [pytest.mark.extended, pytest.mark.timeout(1200)]
FILES = 600
SAMPLES = Path(__file__).parents[2] / "formats" / "samples"
NONE: tuple[int | None, frozenset[str]] = (None, frozenset())


@pytest.fixture(params=runnable(), ids=lambda platform: f"android-{platform.name}", scope="module")
def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Start from the classes of one version of Android."""
    platform: Platform = request.param
    return Machine(platform, tmp_path_factory.mktemp("classes"))


def ours(content: bytes) -> dict[str, Found] | None:
    """Read as pinsmith does; None if it says that the app would crash."""
    assert android_nsc.FORMAT.read is not None
    try:
        return {each.host: each for each in android_nsc.FORMAT.read(content, "x").hosts}
    except FormatError:
        return None


def pinned(found: dict[str, Found], name: str) -> tuple[int | None, frozenset[str]]:
    """Say how a host is pinned: the exact entry, else the nearest above that includes subdomains."""
    host = canonical_host(name)
    above = (found[each] for each in ancestors(host) if each in found and found[each].include_subdomains)
    entry = found.get(host) or next(above, None)
    if entry is None or entry.exempt:
        return NONE
    day = entry.expires
    end = None if day is None else round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    return end, frozenset(each.pin.base64 for each in entry.pins)


def test_generated_files_mean_what_android_says(machine: Machine, tmp_path: Path) -> None:
    """Hundreds of odd files: each crashes for both or for none, and every host has the same pins and the same end."""
    texts = {tmp_path / f"{seed}.xml": Grammar(Random(seed)).file() for seed in range(FILES)}  # noqa: S311 - no secret
    for path, text in texts.items():
        path.write_bytes(text.encode())
    answers = machine.ask(dict.fromkeys(texts, PROBES))
    crashed = 0
    for path, answer in answers.items():
        found = ours(path.read_bytes())
        assert (found is None) == (answer.crash is not None), (answer.crash, texts[path])
        crashed += found is None
        if found is not None:
            for name in PROBES:
                end, pins = answer.pins[name]
                assert pinned(found, name) == ((end, pins) if pins else NONE), (name, texts[path])
    assert FILES // 10 < crashed < FILES // 2  # both kinds were seen


@pytest.mark.parametrize("kind", ["valid", "broken"])
def test_our_samples_are_what_they_are_called(machine: Machine, kind: str) -> None:
    """Android takes each valid sample, and crashes with each broken one, but for what is said here."""
    paths = sorted((SAMPLES / "android-nsc" / kind).glob("*"))
    harmless = {"nothing-pinned", "placeholder-pin"}  # refused for other reasons than a crash
    tolerated = {"declares-cyrillic"}  # the build tool refuses it, not the platform
    for path, answer in machine.ask({path: ["example.com"] for path in paths}).items():
        if path.stem not in harmless | tolerated:
            assert (answer.crash is not None) is (kind == "broken"), (path.name, answer.crash)
