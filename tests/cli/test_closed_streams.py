"""If standard streams are closed, full or named as files, the exit code does not change."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pinsmith.exit_code import ExitCode
from tests.cli.conftest import HOST
from tests.cli.support import run
from tests.thinned import thinned

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

OTHER = "sha256/m/75u5q4l9S8eKtjUEcdPJ2p9kWqoADNihM3CZBIJZY="
TEXT = '[keys.a]\npin = "{pin}"\nrole = "leaf"\n\n[[host]]\nname = "{host}"\nkeys = ["a"]\n'
CODE = "import sys; from pinsmith.cli import main; sys.exit(main())"
CLOSED = [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"]
needs_shell = pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: its shell closes no streams")


def _shell(here: Path, redirection: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-c", f'"$@" {redirection}', "sh", sys.executable, "-c", CODE, *words]
    return subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)


def _write(here: Path, pin: str) -> None:
    (here / "pins.toml").write_text("version = 1\n\n" + TEXT.format(pin=pin, host=HOST))


@needs_shell
@pytest.mark.parametrize("redirection", thinned(CLOSED, {CLOSED[0], CLOSED[-1]}))
def test_a_mismatch_keeps_its_exit_code_with_closed_streams(here: Path, world: World, redirection: str) -> None:
    """CI gets exit code 3 even if nobody can read the output."""
    _write(here, OTHER)
    words = ["check", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    assert _shell(here, redirection, *words).returncode == ExitCode.MISMATCH


@needs_shell
@pytest.mark.parametrize("redirection", thinned(("", ">&-", "2>&-", "<&-"), {"", ">&-"}))
def test_success_keeps_its_exit_code_with_closed_streams(here: Path, world: World, redirection: str) -> None:
    """Control of the test above: the exit code is 0, and the open streams show the usual output."""
    _write(here, world.identity.pin)
    done = _shell(here, redirection, "check", "--connect", world.values["api"], "--cafile", str(world.cafile))
    assert done.returncode == ExitCode.OK
    assert (HOST in done.stdout) is (">&-" not in redirection.replace("2>&-", ""))
    assert "Traceback" not in done.stderr


@needs_shell
@pytest.mark.parametrize("redirection", CLOSED[-2:])
def test_a_usage_error_keeps_its_exit_code_with_closed_streams(here: Path, redirection: str) -> None:
    """The parser of the command line writes nowhere by itself."""
    assert _shell(here, redirection, "check", "--nonsense").returncode == ExitCode.USAGE


@needs_shell
def test_a_closed_stream_is_not_a_file_of_the_command(here: Path) -> None:
    """A file that is opened later does not get the number of a closed stream, so that no message ends up in it."""
    _write(here, OTHER)
    done = _shell(here, ">&- 2>&-", "remove", HOST, "--force")
    assert done.returncode == ExitCode.OK
    assert (here / "pins.toml").read_text() == "version = 1\n"


@needs_shell
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only on Linux: /dev/full")  # noqa: PTH110 - a constant
def test_messages_that_nobody_can_read_change_no_exit_code(here: Path, world: World) -> None:
    """A full disk behind standard error hides the message, but not the exit code of a mismatch."""
    _write(here, OTHER)
    words = ["check", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    assert _shell(here, "2>/dev/full", *words).returncode == ExitCode.MISMATCH


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_an_export_to_standard_output_by_name_is_printed(here: Path, name: str) -> None:
    """Both usual names of standard output work, for export and convert."""
    _write(here, OTHER)
    expected = run("export", "curl")
    assert expected.code == ExitCode.OK
    assert run("export", "curl", "-o", name) == expected
    (here / "a.curlrc").write_text(expected.stdout)
    converted = run("convert", "a.curlrc", name, "--from", "curl", "--to", "android-nsc", "--host", HOST)
    assert OTHER.removeprefix("sha256/") in converted.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no named pipes in directories")
def test_an_export_into_a_device_or_pipe_is_refused(here: Path) -> None:
    """A write into a pipe would wait for its reader, so it is refused, with a hint how to write there."""
    _write(here, OTHER)
    os.mkfifo(here / "pipe")
    for name in ("pipe", os.devnull):
        result = run("export", "curl", "-o", name)
        assert result.code == ExitCode.BROKE
        assert f"error[file]: {name} cannot be written: it is a device or pipe\n" in result.stderr
        assert "redirect standard output" in result.stderr
