"""Run the steps of action.yml as the runner of GitHub does: inputs, conditions, files of the job, and the log."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML

from tests.meta import source

if TYPE_CHECKING:
    from pathlib import Path

ACTION: Final[dict[str, Any]] = YAML(typ="safe").load(source.ROOT / "action.yml")
STEPS: Final[list[dict[str, Any]]] = ACTION["runs"]["steps"]
# Those of ``src/Runner.Worker/ActionCommandManager.cs`` in actions/runner that a log may contain.
_COMMANDS: Final = "add-mask|add-matcher|add-path|debug|echo|error|group|notice|save-state|set-env|set-output|warning"


@dataclass
class Job:
    """
    One job that uses the action.

    Attributes:
        workspace: The repository.
        temporary: The folder of the runner.
        inputs: Those that the workflow sets.
        outputs: The outputs of the steps that have run.
        failed: The names of the steps that failed.
        uploads: The SARIF files that were uploaded.
        log: What the steps printed.
    """

    workspace: Path
    temporary: Path
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    log: str = ""

    def run(self, *, install: bool = False) -> None:
        """Run the steps; without *install*, the environment that they use is this one."""
        self.outputs["steps.python.outputs.python-path"] = sys.executable
        if not install:
            program = self.temporary / "pinsmith" / "bin" / "python"
            program.parent.mkdir(parents=True)
            program.write_text(f'#!/bin/sh\nPYTHONPATH="{source.ROOT / "src"}" exec "{sys.executable}" "$@"\n')
            program.chmod(0o755)
        for step in STEPS:
            if not self._applies(step):
                continue
            if "run" in step:
                if install or "install" not in step["run"]:
                    self._run(step)
            elif "upload-sarif" in step["uses"]:
                self.uploads.append(self._value(step["with"]["sarif_file"]))

    @property
    def summary(self) -> str:
        """The summary of the job, Markdown."""
        path = self.temporary / "summary"
        return path.read_text("utf-8") if path.exists() else ""

    def commands(self) -> list[str]:
        """List the commands that the runner finds in the log: the first word and the text."""
        found, token = [], None
        for line in re.split(r"\r\n|[\r\n]", self.log):
            stopped = re.match(r"\s*::stop-commands::(.*)", line)
            if token is not None:
                token = None if line.strip() == f"::{token}::" else token
            elif stopped:
                token = stopped[1]
            elif command := re.search(rf"(?:^\s*::(?=.*::)|##\[)((?:{_COMMANDS}|stop-commands)\b.*)", line):
                found.append(command[1])
        return found

    def _applies(self, step: dict[str, Any]) -> bool:
        """Evaluate the condition of *step*; the default one is that no step has failed."""
        condition = step.get("if")
        if condition is None:
            return not self.failed
        for term in condition.removeprefix("${{").removesuffix("}}").strip().split(" && "):
            if term == "!cancelled()":
                continue
            name, operator, value = term.split()
            if (self._value(f"${{{{ {name} }}}}") == value.strip("'")) != (operator == "=="):
                return False
        return True

    def _value(self, text: str) -> str:
        known = {f"inputs.{name}": entry["default"] for name, entry in ACTION["inputs"].items()}
        known |= {f"inputs.{name}": value for name, value in self.inputs.items()} | self.outputs
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known.get(found[1], ""), text)

    def _run(self, step: dict[str, Any]) -> None:
        output = self.temporary / "output"
        output.write_bytes(b"")
        files = {"GITHUB_OUTPUT": output, "GITHUB_STEP_SUMMARY": self.temporary / "summary"}
        done = subprocess.run(
            [
                shutil.which("bash") or "bash",
                "--noprofile",
                "--norc",
                "-eo",
                "pipefail",
                "-c",
                self._value(step["run"]),
            ],
            cwd=self.workspace,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            env={
                **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
                "GITHUB_ACTION_PATH": str(source.ROOT),
                "GITHUB_WORKSPACE": str(self.workspace),
                "RUNNER_TEMP": str(self.temporary),
                **{name: str(path) for name, path in files.items()},
                **{name: self._value(value) for name, value in step.get("env", {}).items()},
            },
        )
        self.log += done.stdout.decode("utf-8")
        for line in output.read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            self.outputs[f"steps.{step['id']}.outputs.{name}"] = value
        if done.returncode:
            self.failed.append(step["name"])
