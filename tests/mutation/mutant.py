"""Break one guard in a copy of the package, and run the tests that must notice."""

from __future__ import annotations

import compileall
import os
import sys
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final, Literal, NoReturn

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "pinsmith"
Outcome = Literal["killed", "SURVIVED", "BROKEN"]

# What every test imports. Clients are left out, because it matters to pinsmith when a program imports them.
_SHARED: Final = ("cryptography.x509", "cryptography.hazmat.primitives.serialization", "hypothesis.strategies")
_OPTIONS: Final = (
    "-x",
    "-q",
    "--thorough",
    "--assert=plain",  # the plugins were imported before, so nothing can rewrite them
    *("-p", "no:cacheprovider"),
    *("--hypothesis-seed", "0"),  # so that a mutant dies in every run or in none
    *("--timeout", "60"),
    *("--tb", "line"),
)


@dataclass(frozen=True)
class Mutant:
    """
    A change of source text that reintroduces a hole.

    Attributes:
        hole: The hole: H1 to H8 of the threat model, or a word.
        what: A clause that describes what is broken.
        file: The file, relative to src/pinsmith.
        old: Text that must occur there exactly once; if it does not, the mutant is reported as broken.
        new: The text that replaces it.
        tests: Arguments of pytest: files below tests/, perhaps with ``-k``.
    """

    hole: str
    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def source(self) -> str:
        """
        Return the mutated file.

        Raises:
            ValueError: if the text to replace does not occur exactly once.
        """
        text = (PACKAGE / self.file).read_text("utf-8")
        count = text.count(self.old)
        if count != 1:
            raise ValueError(f"{self.what}: the text to replace occurs {count} times in {self.file}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Run:
    """
    One run of pytest.

    Attributes:
        tests: Arguments of pytest.
        folder: A folder of its own, which holds the copy of the package and the output.
        mutant: The mutant, or None for the unbroken package, on which the same tests must pass.
    """

    tests: tuple[str, ...]
    folder: Path
    mutant: Mutant | None = None

    def start(self) -> int:
        """
        Start pytest against a copy of the package; return the id of the process.

        The process is a fork of this one, because it takes longer to import pytest and its plugins than to run most of
        the tests. `import_shared` must have been called, and nothing may have imported pinsmith.

        Raises:
            ValueError: if the mutant does not fit the source.
        """
        file = self.mutant.file if self.mutant else "__init__.py"
        source = self.mutant.source() if self.mutant else (PACKAGE / file).read_text("utf-8")
        _link(PACKAGE, self.folder / "pinsmith", without=PACKAGE / file)
        (self.folder / "pinsmith" / file).write_text(source, "utf-8")
        sys.stdout.flush()
        return os.fork() or self._test()

    def outcome(self, exit_code: int) -> tuple[Outcome, str]:
        """
        Judge an exit code.

        Returns:
            The outcome, and the last lines that pytest printed. Without a mutant, the outcome must be "SURVIVED".
        """
        output = (self.folder / "output").read_text("utf-8", "replace").strip()
        if exit_code == pytest.ExitCode.OK:
            return "SURVIVED", "\n".join(output.splitlines()[-3:])
        if exit_code == pytest.ExitCode.TESTS_FAILED:
            return "killed", "\n".join(output.splitlines()[-3:])
        return "BROKEN", output[-2000:]

    def _test(self) -> NoReturn:
        code = int(pytest.ExitCode.INTERNAL_ERROR)
        try:
            with (self.folder / "output").open("wb") as output:
                os.dup2(output.fileno(), sys.stdout.fileno())
                os.dup2(output.fileno(), sys.stderr.fileno())
            os.chdir(ROOT)
            os.environ["PYTHONPATH"] = str(self.folder)
            sys.path.insert(0, str(self.folder))
            code = int(pytest.main([*_OPTIONS, "--basetemp", str(self.folder / "tmp"), *self.tests]))
            import pinsmith  # only now, from the folder

            assert Path(pinsmith.__file__).is_relative_to(self.folder), f"pinsmith is that of {pinsmith.__file__}"
        except pytest.PytestUnraisableExceptionWarning:  # pytest finds at its end what a test has left open
            traceback.print_exc()
            code = int(pytest.ExitCode.TESTS_FAILED)
        except BaseException:  # noqa: BLE001 - nothing of the caller may run in this process
            traceback.print_exc()
            code = int(pytest.ExitCode.INTERNAL_ERROR)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _link(original: Path, folder: Path, *, without: Path) -> None:
    """Make *folder* a copy of *original* by links, without one file; copying takes longer than most of the tests."""
    folder.mkdir(parents=True)
    for path in original.iterdir():
        if path == without or (path.parent.name == "__pycache__" and path.name.startswith(f"{without.stem}.")):
            continue
        if path in without.parents or path == without.parent / "__pycache__":
            _link(path, folder / path.name, without=without)
        else:
            (folder / path.name).symlink_to(path)


def import_shared() -> None:
    """
    Import pytest with its plugins, and what else every test imports; the runs inherit it. Compile the package.

    Raises:
        RuntimeError: if pinsmith is imported, because no run would then see its mutant.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    shown = os.dup(sys.stdout.fileno())
    os.dup2(nowhere, sys.stdout.fileno())
    try:
        pytest.main(["--version", "--version", "-p", "no:pinsmith"])
        sys.stdout.flush()
    finally:
        os.dup2(shown, sys.stdout.fileno())
    for name in _SHARED:
        import_module(name)
    compileall.compile_dir(PACKAGE, quiet=1)
    if "pinsmith" in sys.modules:
        raise RuntimeError("pinsmith is imported already, so no run would see its mutant")
