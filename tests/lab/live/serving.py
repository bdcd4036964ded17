"""`pinsmith lab serve`, running as a process, and the files of its page."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Serving:
    """The command, running as a process."""

    def __init__(self, folder: Path, *words: str) -> None:
        code = "import sys; from pinsmith.cli import main; sys.exit(main())"
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "lab", "serve", "--scenario", "leaf-pin", "--scenario", "wrong-key", *words],
            env={**os.environ, "PINSMITH_TRACEBACK": "1", "TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        """Read the next line of output."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def until(self, pattern: str) -> re.Match[str]:
        """Read lines until one matches, and return the match."""
        while line := self.line():
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"no line matches {pattern}")

    def interrupt(self) -> tuple[int, str, str]:
        """Send Ctrl-C; return the exit code and the rest of both streams."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err

    def end(self) -> None:
        """Kill the process if it still runs."""
        self.process.kill()
        self.process.communicate()


def download(url: str) -> str:
    """Fetch a text file from the page."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        content: bytes = answer.read()
    return content.decode()
