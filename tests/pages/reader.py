"""A reader at a terminal, who follows a page of the documentation literally."""

from __future__ import annotations

import io
import os
import runpy
import shlex
import sys
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.cli import main
from pinsmith.exit_code import ExitCode
from tests.pages import page as pages
from tests.pages.network import Network

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from tests.pages.page import Step

FEW: Final = ("--scenario=leaf-pin", "--scenario=wrong-key", "--key=ec-p256")
"""What a quick reader tries in the lab, because each scenario and kind of key starts the client again."""


@dataclass
class Reader:
    """
    A reader in an empty folder, whose machine trusts one root and reaches the hosts of a `Network`.

    Commands and programs run in this process. No program of the system is started, except by `pinsmith lab run`.

    Attributes:
        folder: The project, which is the current folder.
        home: Where standby keys go.
        network: The hosts.
        is_quick: Whether `pinsmith lab run` tries only two scenarios.
        typed: The commands so far.
    """

    folder: Path
    home: Path
    network: Network
    is_quick: bool = True
    typed: list[str] = field(default_factory=list)

    def type(self, command: str, exit_code: int = ExitCode.OK) -> str:
        """
        Type a command, and return what it printed as its result.

        Args:
            command: A call of pinsmith or of a file with Python. ``>`` and ``>>`` write the result into a file.

            exit_code: How it must end.
        """
        self.typed.append(command)
        words = shlex.split(command, comments=True)
        mode, target = ("", "")
        if len(words) > 2 and words[-2] in {">", ">>"}:
            *words, mode, target = words
        shown = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        with redirect_stdout(shown):
            ended = self._start(words)
        result = shown.buffer.getvalue().decode("utf-8")
        assert ended == exit_code, f"{command}\nended with {ended} instead of {exit_code}\n{result}"
        if target:
            with Path(target).open("a" if mode == ">>" else "w", encoding="utf-8", newline="") as file:
                file.write(result)
        return result

    def _start(self, words: list[str]) -> int:
        program, *arguments = words
        if program == "pinsmith":
            if self.is_quick and arguments[:2] == ["lab", "run"] and "--scenario" not in arguments:
                arguments[2:2] = FEW
            return main(arguments)
        if program == "python":
            return self._python(arguments)
        msg = f"the reader cannot start {program!r}: show it in a block of `sh`, which nobody runs"
        raise AssertionError(msg)

    def _python(self, arguments: list[str]) -> int:
        before, sys.argv = sys.argv, arguments
        sys.path.insert(0, str(self.folder))
        try:
            runpy.run_path(arguments[0], run_name="__main__")
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            sys.argv = before
            sys.path.remove(str(self.folder))
        return 0

    def run(self, program: str) -> None:
        """Run a program of the page."""
        exec(program, {"__name__": "__main__"})  # noqa: S102 - the page is ours

    def write(self, path: str, text: str) -> None:
        """Write a file that the page shows; it must be new."""
        assert not Path(path).exists(), f"the page would overwrite {path}"
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, "utf-8")

    def append(self, path: str, text: str) -> None:
        """Append lines of the page to a file that is there."""
        before = Path(path).read_text("utf-8")
        Path(path).write_text(f"{before.rstrip()}\n\n{text}", "utf-8")

    def do(self, step: Step) -> None:
        """Do a step of a page."""
        if step.kind == "type":
            self.type(step.text, step.exit_code)
        elif step.kind == "run":
            self.run(step.text)
        elif step.kind == "write":
            self.write(step.path, step.text)
        else:
            self.append(step.path, step.text)

    def follow(self, page: Path, *titles: str, leave_out: str | None = None) -> int:
        """
        Do the steps of a page, and return their number.

        Args:
            page: The file.

            titles: Only what stands below these headings.

            leave_out: Commands that begin like this are not typed.
        """
        chosen = pages.steps(page, *titles)
        for step in chosen:
            if leave_out and step.kind == "type" and step.text.startswith(leave_out):
                continue
            try:
                self.do(step)
            except BaseException as error:
                error.add_note(f"{page.name}:{step.line}: {step.kind} {step.path or step.text}")
                raise
        return len(chosen)


@contextmanager
def reading(folder: Path, patch: pytest.MonkeyPatch, *, is_quick: bool = True) -> Iterator[Reader]:
    """Set up a reader in an empty *folder*, and remove what its programs imported."""
    known = set(sys.modules)
    with Network() as network:
        made = Reader(folder / "project", folder / "home", network, is_quick)
        made.folder.mkdir()
        made.home.mkdir()
        (folder / "trusted.pem").write_text(network.root.pem)
        patch.chdir(made.folder)
        patch.setenv("HOME", str(made.home))
        patch.setenv("XDG_DATA_HOME", str(made.home / "data"))
        patch.setenv("SSL_CERT_FILE", str(folder / "trusted.pem"))
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        network.join(patch)
        try:
            yield made
        finally:
            for name in set(sys.modules) - known:
                if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(folder):
                    del sys.modules[name]
