"""The hooks of `.pre-commit-hooks.yaml`, run by pre-commit and by prek in a repository that uses this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ci.test_action import ONE_PIN, TWO_PINS
from tests.extended.ci.tool import commit, copy_project, require, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.extended, pytest.mark.timeout(600)]
CONFIGURATION = """repos:
  - repo: {repository}
    rev: {revision}
    hooks:
      - id: pinsmith-lint
      - id: pinsmith-sync-check
"""


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Commit this project to a repository of its own, and return a configuration that uses its hooks."""
    folder = copy_project(tmp_path_factory.mktemp("hooks"))
    return CONFIGURATION.format(repository=folder, revision=commit(folder))


@pytest.mark.parametrize("program", ["pre-commit", "prek"])
def test_a_commit_with_wrong_pins_is_refused(program: str, hooks: str, tmp_path: Path) -> None:
    """Both hooks pass for pins with a backup and files in sync; then each of them refuses what it looks for."""
    home = {"PRE_COMMIT_HOME": str(tmp_path / "home"), "PREK_HOME": str(tmp_path / "home")}
    repository = tmp_path / "my app"
    repository.mkdir()
    (repository / ".pre-commit-config.yaml").write_text(hooks)
    (repository / "pins.toml").write_text(TWO_PINS.partition("[[output]]")[0])
    (repository / "Pins.kt").write_text("// CertificatePinner: none\n")
    commit(repository)
    require(run(repository, program, "run", "--all-files", **home))

    (repository / "pins.toml").write_text(TWO_PINS)
    commit(repository)
    out_of_sync = run(repository, program, "run", "--all-files", **home)
    assert out_of_sync.returncode == 1
    assert "error[out-of-sync]" in out_of_sync.stdout
    assert "missing-backup-pin" not in out_of_sync.stdout

    (repository / "pins.toml").write_text(ONE_PIN)
    require(run(repository, "git", "add", "--all"))
    require(run(repository, program, "install", **home))
    refused = run(repository, "git", "commit", "--message", "one pin", **home)
    assert refused.returncode == 1
    assert "pins.toml:5: medium[missing-backup-pin]: api.example.com" in refused.stdout
    assert "not read: install" not in refused.stdout
