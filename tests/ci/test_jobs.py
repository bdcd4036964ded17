"""Jobs for CI: those that `--print-ci` prints, and those of the documentation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ruamel.yaml import YAML

from pinsmith.exit_code import MEANINGS, ExitCode
from tests.ci.runner import ACTION
from tests.ci.test_action import ONE_PIN, TWO_PINS
from tests.cli.support import run
from tests.meta import source

PAGE = (source.ROOT / "docs" / "ci.md").read_text("utf-8")
SHOWN: list[Any] = [YAML(typ="safe").load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


@pytest.mark.parametrize(("command", "system"), list(product(["lint", "sync"], ["github", "gitlab", "pre-commit"])))
def test_a_job_for_ci_runs_the_check(
    command: str, system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job is printed without a pin file, is YAML, and runs the command that fails."""
    monkeypatch.chdir(tmp_path)
    answer = run(command, "--print-ci", system)
    assert answer.code == ExitCode.OK
    assert YAML(typ="safe").load(answer.stdout)
    assert {"lint": "pinsmith lint", "sync": "pinsmith sync --check"}[command] in answer.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: GitLab's runner takes a shell of POSIX systems")
@pytest.mark.parametrize(
    ("command", "code"), [("lint", ExitCode.FOUND_MEDIUM), ("sync", ExitCode.MISMATCH)], ids=["lint", "sync"]
)
def test_the_job_for_gitlab_fails_and_leaves_its_report(command: str, code: ExitCode, tmp_path: Path) -> None:
    """The commands of the job, run by a shell, exit as pinsmith does, and write the report that the job names."""
    (tmp_path / "pins.toml").write_text(ONE_PIN if command == "lint" else TWO_PINS)
    ((_, job),) = YAML(typ="safe").load(run(command, "--print-ci", "gitlab").stdout).items()
    install, *script = job["script"]
    assert install == 'pip install "pinsmith[audit,yaml]"'
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", "\n".join(script)],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    report = ET.parse(tmp_path / job["artifacts"]["reports"]["junit"])  # noqa: S314 - our own output
    assert report.find(".//failure") is not None
    assert job["artifacts"]["when"] == "always"


def test_the_page_shows_the_inputs_and_hooks_that_exist() -> None:
    """The table lists each input with its default; the examples set only inputs and hooks that exist."""
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (?:`([^`]*)`)? ?\| [A-Z]", PAGE, re.MULTILINE))
    assert rows == {name: entry["default"] for name, entry in ACTION["inputs"].items()}
    action, accepted, hooks = SHOWN
    assert set(action["jobs"]["pins"]["steps"][1]["with"]) <= set(ACTION["inputs"])
    assert [int(code) for code in accepted["pins-lint"]["allow_failure"]["exit_codes"]] == [
        ExitCode.FOUND_INFO,
        ExitCode.FOUND_LOW,
    ]
    offered = YAML(typ="safe").load(source.ROOT / ".pre-commit-hooks.yaml")
    assert [hook["id"] for hook in hooks["repos"][0]["hooks"]] == [hook["id"] for hook in offered]


def test_the_page_lists_the_exit_codes() -> None:
    """Each number in the table is an exit code."""
    listed = re.findall(r"^\| ([0-9, ]+) \|", PAGE, re.MULTILINE)
    assert {int(code) for row in listed for code in row.split(",")} <= {int(code) for code in MEANINGS}
