"""The files of `deploy/` are read by the programs that they are for, and nginx leads to a real service."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.meta.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DEPLOY = ROOT / "deploy"
pytestmark = pytest.mark.extended


def run(*words: str, folder: Path = DEPLOY) -> str:
    """Run a program, which must succeed."""
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_rules_fire_and_are_silent_when_all_is_well() -> None:
    """Prometheus' own tests of rules: a lock-out, a late renewal, a missing backup, and a service that ended."""
    assert "10 rules found" in run("promtool", "check", "rules", "pinsmith-rules.yml")
    assert "SUCCESS" in run("promtool", "test", "rules", "pinsmith-rules-test.yml")


def test_systemd_reads_the_unit_and_finds_it_well_closed(tmp_path: Path) -> None:
    """The unit has no unknown setting, and what the service may do is little."""
    text = (DEPLOY / "pinsmith.service").read_text()
    unit = tmp_path / "pinsmith.service"
    unit.write_text(text.replace("/opt/pinsmith/bin/pinsmith", "/bin/true"))
    run("systemd-analyze", "verify", "--man=no", str(unit))
    report = run("systemd-analyze", "security", "--offline=true", str(unit))
    exposure = float(report.partition("exposure level for pinsmith.service: ")[2].split()[0])
    assert exposure < 2
