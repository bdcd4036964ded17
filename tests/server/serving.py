"""`pinsmith serve` as a process of a test."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path


class Serving:
    """The command, running as a process."""

    def __init__(self, folder: Path, *more: str) -> None:
        code = "import sys; from pinsmith.cli import main; sys.exit(main())"
        words = ["serve", "--database", str(folder / "data" / "x.db"), "--listen", "127.0.0.1:0", *more]
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *words],
            cwd=folder,
            env={**os.environ, "PINSMITH_TRACEBACK": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        self.port = int(line.rpartition(":")[2].partition("/")[0]) if "serving at" in line else 0
        assert self.port, line + self.process.stderr.read()

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Ask for a document."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=240)
        connection.request("GET", path)
        document = json.loads(connection.getresponse().read())
        connection.close()
        return document

    def inspect(self, host: str) -> Any:  # noqa: ANN401 - JSON
        """Ask what a host presents."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=240)
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/api/v1/inspect", json.dumps({"host": host}), headers)
        document = json.loads(connection.getresponse().read())
        connection.close()
        return document

    def state(self) -> str:
        """Wait until the host has a state, and return it."""
        while not (hosts := self.get("/api/v1/hosts")["hosts"]):
            pass
        return str(hosts[0]["state"])

    def end(self, number: signal.Signals) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        self.process.communicate(timeout=240)
        return self.process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)
