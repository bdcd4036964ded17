"""`pinsmith lint` and `pinsmith audit` find build files in folders, beside code that pins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pinsmith.exit_code import ExitCode
from pinsmith.limit import MAX_BYTES
from tests.cli.support import run
from tests.formats.policy import pin

CODE = f'val p = CertificatePinner.Builder().add("api.example.com", "{pin("one")}", "{pin("two")}").build()\n'
ASKS = '[libraries]\nokhttp = "com.squareup.okhttp3:okhttp:4.12.0"\n'


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a project that pins with OkHttp, whose version stands in a catalogue; a copy of it is skipped."""
    monkeypatch.chdir(tmp_path)
    for top in (tmp_path, tmp_path / "node_modules"):
        (top / "gradle").mkdir(parents=True)
        (top / "gradle/libs.versions.toml").write_text(ASKS)
    (tmp_path / "Net.kt").write_text(CODE)


@pytest.mark.parametrize("command", ["lint", "audit"])
def test_a_version_catalogue_is_found(command: str) -> None:
    """The client is reported at its line, in SARIF too, and the exit code is that of the finding."""
    answer = run(command, "--format", "sarif")
    assert answer.code == ExitCode.FOUND_MEDIUM
    (result,) = json.loads(answer.stdout)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], place["artifactLocation"]["uri"]) == ("vulnerable-client", "gradle/libs.versions.toml")
    assert place["region"]["startLine"] == 2


def test_a_build_file_that_was_named_pins_nothing() -> None:
    """A build file may be named alone. Nothing is pinned, so there is nothing to report."""
    answer = run("lint", "gradle/libs.versions.toml")
    assert answer.code == ExitCode.OK
    assert answer.stdout == ""


def test_a_lock_that_is_too_large_is_a_finding() -> None:
    """The lock is refused, and the other files are still read."""
    with Path("gradle.lockfile").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    lines = run("lint").stdout.splitlines()
    assert [line for line in lines if line.startswith("gradle.lockfile: high[file]: ")]
    assert [line for line in lines if "medium[vulnerable-client]" in line]
