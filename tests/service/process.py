"""`pinsmith serve` as a process of a test."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_COMMAND: Final = "import sys; from pinsmith.cli import main; sys.exit(main())"
_SECONDS: Final = 240


class ServiceProcess:
    """The service of a folder that contains ``pins.toml`` and settings; it listens when this is made."""

    def __init__(self, folder: Path, *, settings: str = "service.toml", database: str = "service.db") -> None:
        words = ["serve", "--settings", settings, "--database", database, "--listen", "127.0.0.1:0"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND, *words],
            cwd=folder,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stderr is not None
        said = self._process.stderr.readline()
        if "serving at " not in said:
            raise SystemExit(said + self._process.communicate(timeout=_SECONDS)[1])
        self.url = said.partition("serving at ")[2].partition(";")[0].strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def states(self) -> list[str]:
        """Return the states of the hosts."""
        return [host["state"] for host in self.get("/api/v1/hosts")["hosts"]]

    def classes(self) -> list[str]:
        """Return the classes of reports, with their evidence."""
        classified = (group for group in self.groups() if group["class_name"])
        return [f"{group['class_name']}. {' '.join(group['evidence'])}" for group in classified]

    def groups(self) -> list[dict[str, Any]]:
        """Return the groups of reports."""
        return list(self.get("/api/v1/reports")["groups"])

    def post(self, path: str, body: bytes) -> None:
        """Send a report, as an app does."""
        connection = self._connect()
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        connection.close()
        if answer.status != http.client.NO_CONTENT:
            raise SystemExit(f"the report was answered with {answer.status}")

    def end(self) -> None:
        """Ask it to end, and wait."""
        self._process.terminate()
        self._process.communicate(timeout=_SECONDS)

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Ask the API."""
        connection = self._connect()
        connection.request("GET", path)
        document = json.loads(connection.getresponse().read())
        connection.close()
        return document

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", int(self.url.rpartition(":")[2].strip("/")), timeout=_SECONDS)
