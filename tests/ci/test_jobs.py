"""`lint --print-ci` and `sync --print-ci` print jobs for CI."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from pinsmith.exit_code import ExitCode
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path


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
