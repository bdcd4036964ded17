"""TrustKit's own parser reads the same policies as pinsmith from the same files."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import FormatError
from pinsmith.formats import LOSSES, export, trustkit_android
from tests.extended.android.grammar import TrustKitGrammar
from tests.extended.android.platform import PLATFORMS, Machine, classes_of, jar
from tests.formats.policy import FULL

if TYPE_CHECKING:
    from pinsmith.formats._format import Reading

pytestmark = [pytest.mark.extended, pytest.mark.timeout(1200)]
FILES = 600
SAMPLES = Path(__file__).parents[2] / "formats" / "samples" / "trustkit-android"
HARMLESS = {"nothing-pinned", "empty-debug-overrides"}  # refused for other reasons than a crash
MAKERS = "https://overmind.datatheorem.com/trustkit/report"


@dataclass(frozen=True, slots=True)
class TrustKitPolicy:
    """The policy that TrustKit applies to one host."""

    enforces: bool
    pins: frozenset[str]
    uris: frozenset[str]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Start a JVM with the classes of Android 14 and of TrustKit."""
    folder = tmp_path_factory.mktemp("classes")
    machine = Machine(next(platform for platform in PLATFORMS if platform.name == "14"), folder)
    machine.add(classes_of(jar("com.datatheorem.android.trustkit:trustkit:1.1.5", "aar"), folder))
    machine.compile("harness/TrustKitPins.java")
    return machine


def ask(machine: Machine, paths: list[Path]) -> tuple[dict[Path, str], dict[Path, dict[str, TrustKitPolicy]]]:
    """Ask Android, which crashes first, and then TrustKit; return the crash of a file, or the policies of its hosts."""
    android = machine.ask({path: ["example.com"] for path in paths})
    crashes = {path: answer.crash for path, answer in android.items() if answer.crash is not None}
    policies: dict[Path, dict[str, TrustKitPolicy]] = defaultdict(dict)
    rest = "".join(f"{path}\t\n" for path in paths if path not in crashes)
    for line in machine.run("harness.TrustKitPins", rest).splitlines():
        name, host, *more = line.split("\t")
        if host == "crash":
            crashes[Path(name)] = more[0]
        elif host != "none":
            enforces, _, _, pins, uris = more
            policies[Path(name)][host] = TrustKitPolicy(
                enforces == "true", frozenset(pins.split(",")) - {""}, frozenset(uris.split(",")) - {"", MAKERS}
            )
    return crashes, policies


def ours(content: bytes) -> Reading | None:
    """Read the file with pinsmith; return None if pinsmith reports that the app would crash."""
    assert trustkit_android.FORMAT.read is not None
    try:
        return trustkit_android.FORMAT.read(content, "x")
    except FormatError:
        return None


def test_pinsmith_reads_generated_files_as_trustkit_does(machine: Machine, tmp_path: Path) -> None:
    """Both report the same crashes in hundreds of files, and read the same pins, mode and report addresses."""
    texts = {tmp_path / f"{seed}.xml": TrustKitGrammar(Random(seed)).file() for seed in range(FILES)}  # noqa: S311 - no secret
    for path, text in texts.items():
        path.write_bytes(text.encode())
    crashes, policies = ask(machine, list(texts))
    compared = 0
    for path, text in texts.items():
        reading = ours(text.encode())
        crash = crashes.get(path)
        if crash is not None and "0 domains" in crash:
            assert reading is not None
            assert not reading.hosts, (crash, text)
            continue
        if crash is not None and "MalformedURLException" in crash and reading is not None:
            # If a report address is bad, pinsmith keeps the pins and notes that the app crashes.
            assert any("the app crashes" in note.text for note in reading.notes), (crash, text)
            continue
        assert (reading is None) == (crash is not None), (crash, text)
        for found in () if reading is None else reading.hosts:
            seen = policies[path].get(found.host)
            if seen is None:
                continue
            if all(
                re.fullmatch("[A-Za-z0-9+/]{43}=", pin) for pin in seen.pins
            ):  # TrustKit keeps even texts that are not pins
                assert {pin.pin.base64 for pin in found.pins} == seen.pins, text
            if not found.exempt:
                assert (found.report_only, frozenset(found.report_uris)) == (not seen.enforces, seen.uris), (
                    found,
                    text,
                )
                compared += 1
    assert FILES // 10 < len(crashes) < FILES * 3 // 4  # both kinds occurred
    assert compared > FILES // 4


@pytest.mark.parametrize("kind", ["valid", "broken"])
def test_samples_are_valid_or_broken_as_their_folder_claims(machine: Machine, kind: str) -> None:
    """TrustKit accepts each valid sample, and crashes with each broken one or, with one of them, never ends."""
    paths = [path for path in sorted((SAMPLES / kind).glob("*")) if path.stem not in HARMLESS]
    crashes, _ = ask(machine, paths)
    assert {path.stem for path in paths if path not in crashes} == (
        {path.stem for path in paths} if kind == "valid" else set()
    )


def test_trustkit_reads_the_policies_that_pinsmith_writes(machine: Machine, tmp_path: Path) -> None:
    """TrustKit reads every host of a written file, with its mode, pins and report addresses."""
    path = tmp_path / "nsc.xml"
    path.write_text(export(FULL, trustkit_android.FORMAT, options={"accept-loss": tuple(LOSSES)}).text, "utf-8")
    crashes, policies = ask(machine, [path])
    assert crashes == {}
    assert {host: (seen.enforces, seen.pins, seen.uris) for host, seen in policies[path].items()} == {
        entry.host: (
            entry.mode == "enforce",
            frozenset(key.pin.base64 for key in entry.keys),
            frozenset(entry.report_uris),
        )
        for entry in FULL.hosts
    }
