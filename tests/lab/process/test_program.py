"""Clients that cannot be started: each cause has a message of its own, and a hint."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pinsmith.errors import ClientStartError
from pinsmith.lab.process.command import run
from pinsmith.lab.process.program import require_runnable

pytestmark = pytest.mark.skipif(os.name != "posix", reason="not on Windows: it has other rules for programs")

INTERPRETER = "name the interpreter before it"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with programs and with files that are none, change to it, and set PATH to its ``bin``."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "folder").mkdir()
    for name, mode, words in [
        ("notes", 0o600, "#!/bin/sh\n"),
        ("bin/locked", 0o600, "#!/bin/sh\n"),
        ("nonsense", 0o700, "\0\1\2\3"),
        ("orphan", 0o700, "#!/no/such/interpreter\n"),
        ("bin/well", 0o700, "#!/bin/sh\nexit 0\n"),
    ]:
        (tmp_path / name).write_text(words)
        (tmp_path / name).chmod(mode)
    (tmp_path / "bin" / "link").symlink_to("well")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ([], "no client is named", "name the program and its arguments after `--`"),
        ([""], "no client is named", "name the program and its arguments after `--`"),
        (
            ["nosuch"],
            "client 'nosuch' cannot be started: there is no such program in PATH",
            "check the spelling, or name it with its folder",
        ),
        (["notes"], "client 'notes' cannot be started: there is no such program in PATH", "name it as `./notes`"),
        (
            ["./nosuch"],
            "client './nosuch' cannot be started: there is no such file",
            "check the path; it is relative to '{folder}'",
        ),
        (["/no/such"], "client '/no/such' cannot be started: there is no such file", "check the path"),
        (
            ["./notes"],
            "client './notes' cannot be started: 'notes' is not executable",
            f"run `chmod +x notes`, or {INTERPRETER}",
        ),
        (
            ["locked"],
            "client 'locked' cannot be started: '{folder}/bin/locked' is not executable",
            f"run `chmod +x {{folder}}/bin/locked`, or {INTERPRETER}",
        ),
        (
            ["./folder"],
            "client './folder' cannot be started: it is a folder, not a program",
            "name the program inside it",
        ),
        (["folder"], "client 'folder' cannot be started: there is no such program in PATH", None),
        (
            ["well", "a", "b\0c"],
            "client 'well' cannot be started: argument 2 contains a NUL character, which programs cannot get",
            "pass the bytes in a file",
        ),
        (
            ["we\0ll"],
            (
                r"client 'we\x00ll' cannot be started: the program's name contains a NUL character, "
                "which programs cannot get"
            ),
            "pass the bytes in a file",
        ),
    ],
    ids=[
        "nothing",
        "an empty name",
        "not in PATH",
        "not in PATH, but here",
        "no such file here",
        "no such file at all",
        "not executable",
        "not executable, in PATH",
        "a folder",
        "a folder, in PATH",
        "NUL in an argument",
        "NUL in the name",
    ],
)
def test_a_client_that_is_not_a_program_is_detected_before_any_start(
    arguments: list[str], message: str, hint: str | None, folder: Path
) -> None:
    """The error gives cause and hint, and checking beforehand gives the same error as running."""
    for attempt in (
        lambda: require_runnable(arguments),
        lambda: run(arguments, environment=dict(os.environ), timeout_seconds=1),
    ):
        with pytest.raises(ClientStartError) as caught:
            attempt()
        assert str(caught.value) == message.format(folder=folder)
        assert hint is None or caught.value.hint == hint.format(folder=folder)


def test_the_searched_folders_are_listed(folder: Path) -> None:
    """A user who expects another PATH sees the one that was searched."""
    with pytest.raises(ClientStartError) as caught:
        require_runnable(["well"], environment={"PATH": f"/one{os.pathsep}/two"})
    assert caught.value.details == ("PATH:", "  /one", "  /two")


@pytest.mark.parametrize(
    ("arguments", "folder_name", "message", "hint"),
    [
        (
            ["./nonsense"],
            ".",
            "'{folder}/nonsense' is neither a program for this machine nor a script that names its interpreter",
            "begin a script with a line such as `#!/bin/sh`, or name the interpreter before it",
        ),
        (
            ["./orphan"],
            ".",
            "the interpreter in the first line of '{folder}/orphan' does not exist",
            "correct that line, or name the interpreter before the script",
        ),
        (
            ["well", "short", "x" * 5_000_000],
            ".",
            "its arguments are too long for this system; argument 2 is the longest, with 5000000 bytes",
            "pass long values in a file or in the environment variables of the lab",
        ),
        (["well"], "gone", "its folder 'gone' does not exist", None),
        (["well", "\ud800"], ".", "'utf-8' codec can't encode character '\\ud800' in position 0", None),
    ],
    ids=["not a program", "no interpreter", "too long", "no folder", "not to be encoded"],
)
def test_a_client_that_the_system_refuses(
    arguments: list[str], folder_name: str, message: str, hint: str | None, folder: Path
) -> None:
    """An error that appears only at the start is described as clearly, with the system's own error as its cause."""
    with pytest.raises(ClientStartError) as caught:
        run(arguments, environment=dict(os.environ), timeout_seconds=1, directory=Path(folder_name))
    name = arguments[0]
    assert str(caught.value).startswith(f"client {name!r} cannot be started: " + message.format(folder=folder))
    assert caught.value.hint == hint
    assert isinstance(caught.value.__cause__, OSError | ValueError)


def test_another_refusal_has_the_words_of_the_system(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error of the system is still reported for this client."""

    def refuse(*words: object, **options: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr("subprocess.Popen", refuse)
    with pytest.raises(ClientStartError, match=r"^client 'well' cannot be started: Resource temporarily unavailable$"):
        run(["well"], environment=dict(os.environ), timeout_seconds=1)


@pytest.mark.parametrize("name", ["well", "bin/well", "./bin/../bin/well", "link"])
def test_a_program_is_found(name: str, folder: Path) -> None:
    """A program is found by name or by path; a link is not resolved, because its program may look at its own name."""
    found = require_runnable([name, "argument"])
    assert found.startswith(f"{folder}/")
    assert found.endswith("bin/link" if name == "link" else "bin/well")
    assert run([name], environment=dict(os.environ), timeout_seconds=50).code == 0
