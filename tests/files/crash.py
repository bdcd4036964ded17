"""Kill a process at each of its system calls in turn, and return the files that it leaves behind."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

needs_fork = pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: it has neither fork nor SIGKILL")

_DRIVER = """
import os, shutil, signal, sys
from pathlib import Path
# Once, before the forks.
import pinsmith.cli._app, pinsmith.cli._formats, pinsmith.cli._given_key, pinsmith.cli.add, pinsmith.cli.sync
import pinsmith.pinfile._edit, pinsmith.rotation.given_key, pinsmith.sync

CALLS = ("open", "write", "fsync", "close", "link", "unlink", "rename", "replace", "mkdir", "rmdir", "ftruncate",
         "fchmod", "fchown")

def prepare():
{prepare}

def act():
{act}

def count_down(left):
    def killing(real):
        def call(*given, **named):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **named)
        return call
    os.fsync = lambda _: None  # there is no power loss here, but the call counts
    for name in CALLS:
        setattr(os, name, killing(getattr(os, name)))

base = Path(sys.argv[1])
for number in range(1, 1000, int(sys.argv[2])):
    here = base / f"{{number:03}}"
    here.mkdir(parents=True)
    os.chdir(here)
    prepare()
    child = os.fork()
    if not child:
        count_down([number])
        act()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status):
        sys.exit(os.waitstatus_to_exitcode(status))
sys.exit("it never ends")
"""


def killed_at_each_call(base: Path, prepare: str, act: str, *, step: int = 1) -> Iterator[Path]:
    """
    Run *act* in a directory that *prepare* fills, again and again, and kill it before its first, second, ... call.

    Args:
        base: The directory in which the directories are made.

        prepare: Statements of Python.

        act: Statements of Python.

        step: Kill only at every *step*-th call, if another test covers all calls.

    Returns:
        The directories as they were left, in this order; in the last one *act* ran to its end.
    """
    code = _DRIVER.format(prepare=textwrap.indent(prepare, "    "), act=textwrap.indent(act, "    "))
    ended = subprocess.run(
        [sys.executable, "-c", code, str(base), str(step)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    yield from sorted(base.iterdir())
