"""Ways to install that documentation and CI use: the step of the action, and uvx."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.ci.runner import Job
from tests.ci.test_action import LINT, ONE_PIN
from tests.extended.ci.tool import copy_project, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.extended, pytest.mark.timeout(600)]
KOTLIN = """import okhttp3.CertificatePinner
val pinner = CertificatePinner.Builder()
    .add("api.example.com", "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").build()
"""


def test_the_action_installs_its_own_tree_by_hashes_and_reads_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment of the step has the extras, and modules of the repository are not imported while it is made."""
    job = Job(tmp_path / "my app", tmp_path / "my runner")
    job.workspace.mkdir()
    job.temporary.mkdir()
    for name in ("pip", "venv", "hatchling"):
        (job.workspace / f"{name}.py").write_text("raise SystemExit(0)")
    (job.workspace / "Pins.kt").write_text(KOTLIN)
    monkeypatch.setenv("PYTHONNOUSERSITE", "1")
    job.run(install=True)
    assert job.failed == [LINT], job.log
    assert (job.temporary / "pinsmith" / "bin" / "pinsmith").exists()
    assert any("file=Pins.kt,line=3,col=29,title=known-bad-pin::" in command for command in job.commands()), job.log


def test_uvx_runs_lint_from_a_clone(tmp_path: Path) -> None:
    """`uvx --from . pinsmith lint` builds the package and finds a wrong pin; without one it succeeds."""
    project = copy_project(tmp_path / "clone")
    work = tmp_path / "my app"
    work.mkdir()
    (work / "pins.toml").write_text(ONE_PIN)
    words = ("--python", sys.executable, "--from", ".", "pinsmith", "lint")
    found = run(project, "uvx", *words, work)
    assert found.returncode == 13, found.stdout
    assert "medium[missing-backup-pin]: api.example.com" in found.stdout
    explained = run(project, "uvx", *words, "--explain", "missing-backup-pin")
    assert explained.returncode == 0, explained.stdout
