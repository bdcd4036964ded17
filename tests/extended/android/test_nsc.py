"""Android's own parser reads the same pins as pinsmith from the same files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from pinsmith.errors import ExportRefusedError, FormatError
from pinsmith.formats import LOSSES, android_nsc, export
from pinsmith.formats._format import Found, FoundPin
from pinsmith.formats._loss import select
from pinsmith.host import ancestors, canonical_host
from tests.extended.android.grammar import PROBES, Grammar
from tests.extended.android.platform import PLATFORMS, Machine, Platform
from tests.formats.policy import policies

if TYPE_CHECKING:
    from pinsmith.policy import Policy

pytestmark = [pytest.mark.extended, pytest.mark.timeout(1200)]
FILES = 600
SAMPLES = Path(__file__).parents[2] / "formats" / "samples"
NONE: tuple[int | None, frozenset[str]] = (None, frozenset())


@pytest.fixture(params=PLATFORMS, ids=lambda platform: f"android-{platform.name}", scope="module")
def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Start a JVM with the classes of one version of Android."""
    platform: Platform = request.param
    return Machine(platform, tmp_path_factory.mktemp("classes"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, dict[str, Found]]:
    """Write generated policies, each over the one before; return the expected pins of each file."""
    generated: list[Policy] = []

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(policies())
    def generate(policy: Policy) -> None:
        generated.append(policy)

    generate()
    text, folder = None, tmp_path_factory.mktemp("written")
    files: dict[Path, dict[str, Found]] = {}
    for number, policy in enumerate(generated):
        try:
            text = export(policy, android_nsc.FORMAT, options={"accept-loss": tuple(LOSSES)}, existing=text).text
        except ExportRefusedError:
            continue  # it contains nothing that Android could enforce
        path = folder / f"{number}.xml"
        path.write_text(text, "utf-8")
        files[path] = {
            entry.host: Found(
                entry.host,
                tuple(FoundPin(key.pin) for key in entry.keys),
                entry.include_subdomains,
                entry.expires,
                exempt=entry.exempt,
            )
            for entry in select(policy, android_nsc.FORMAT, accept=tuple(LOSSES)).entries
        }
    return files


def ours(content: bytes) -> dict[str, Found] | None:
    """Read the file with pinsmith; return None if pinsmith reports that the app would crash."""
    assert android_nsc.FORMAT.read is not None
    try:
        return {found.host: found for found in android_nsc.FORMAT.read(content, "x").hosts}
    except FormatError:
        return None


def pinned(found: dict[str, Found], name: str) -> tuple[int | None, frozenset[str]]:
    """Return the pins of a host: of its own entry, or of the nearest parent that includes subdomains."""
    host = canonical_host(name)
    above = (found[parent] for parent in ancestors(host) if parent in found and found[parent].include_subdomains)
    entry = found.get(host) or next(above, None)
    if entry is None or entry.exempt:
        return NONE
    day = entry.expires
    end = None if day is None else round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    return end, frozenset(pin.pin.base64 for pin in entry.pins)


def test_pinsmith_reads_generated_files_as_android_does(machine: Machine, tmp_path: Path) -> None:
    """Both report the same crashes in hundreds of odd files, and read the same pins and expiry for every host."""
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
    assert FILES // 10 < crashed < FILES // 2  # both kinds occurred


def test_android_reads_the_pins_that_pinsmith_writes(machine: Machine, written: dict[Path, dict[str, Found]]) -> None:
    """Generated policies are written over each other, and Android pins every host and its subdomains accordingly."""
    names = {path: sorted({*hosts, *(f"x.{host}" for host in hosts), "example.com"}) for path, hosts in written.items()}
    assert len(written) > 100
    for path, answer in machine.ask(names).items():
        assert answer.crash is None, path.read_text()
        for name in names[path]:
            end, pins = answer.pins[name]
            assert pinned(written[path], name) == ((end, pins) if pins else NONE), (name, path.read_text())


@pytest.mark.parametrize("kind", ["valid", "broken"])
def test_samples_are_valid_or_broken_as_their_folder_claims(machine: Machine, kind: str) -> None:
    """Android accepts each valid sample, and crashes with each broken one, except for those listed here."""
    paths = sorted((SAMPLES / "android-nsc" / kind).glob("*"))
    harmless = {"nothing-pinned", "placeholder-pin"}  # refused for other reasons than a crash
    tolerated = {"declares-cyrillic"}  # the build tool refuses it, not the platform
    for path, answer in machine.ask({path: ["example.com"] for path in paths}).items():
        if path.stem not in harmless | tolerated:
            assert (answer.crash is not None) is (kind == "broken"), (path.name, answer.crash)
