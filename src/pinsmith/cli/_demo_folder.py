"""The stage of the demo: authorities, servers, a work folder, and real commands run in it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Self

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pinsmith.lab.pki.identity import Identity

HOST: Final = "api.example.com"
TIMEOUT_SECONDS: Final = 60.0

CLIENT: Final = """\
import socket, ssl, sys, pinsmith

port, pinned = int(sys.argv[1]), "--plain" not in sys.argv
if pinned:
    context = pinsmith.PinnedSSLContext(pinsmith.load("pins.toml"), cafile="trusted.pem")
else:
    context = ssl.create_default_context(cafile="trusted.pem")

request = b"GET /balance HTTP/1.1\\r\\nHost: api.example.com\\r\\nX-Token: secret\\r\\nConnection: close\\r\\n\\r\\n"
try:
    with socket.create_connection(("127.0.0.1", port)) as raw:
        with context.wrap_socket(raw, server_hostname="api.example.com") as tls:
            tls.sendall(request)
            print("the server answered", tls.recv(15).decode())
except pinsmith.errors.PinMismatchError as error:
    sys.exit(f"refused: {error}")
"""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The output of a command, with both streams in their order, and its exit code."""

    text: str
    code: int


class DemoFolder:
    """
    A folder with the trust anchors of a careless device: the company's root, and a rogue one that somebody installed.

    Use it as a context manager; servers end and the folder goes with it.

    Args:
        since: When the certificates of the authorities begin, aware; a day ago by default.
    """

    def __init__(self, since: datetime | None = None) -> None:
        self._stack = ExitStack()
        self.root = Authority.root("Example Corp Root", not_before=since)
        self.rogue_root = Authority.root("Rogue Root", not_before=since)
        self.issuer = self.root.intermediate("Example Corp Issuing", not_before=since)

    def __enter__(self) -> Self:
        home = Path(self._stack.enter_context(TemporaryDirectory(prefix="pinsmith-demo-")))
        self.folder = home / "project"
        self.folder.mkdir()
        (self.folder / "trusted.pem").write_text(self.root.pem + self.rogue_root.pem, encoding="ascii")
        (self.folder / "client.py").write_text(CLIENT, encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def serve(self, identity: Identity) -> RecordingServer:
        """Start a server on a free port of the loopback."""
        return self._stack.enter_context(RecordingServer(identity))

    def successor(self) -> Identity:
        """Have the company's authority certify the standby key that ``init`` made."""
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        (path,) = (self.folder.parent / "safe").glob("*.key")
        key = load_pem_private_key(path.read_bytes(), None)
        return self.issuer.issue(HOST, key=key)  # type: ignore[arg-type]  # init makes EC keys

    def run(self, words: Sequence[str]) -> CommandResult:
        """Run ``pinsmith`` or ``python`` with *words*, in the folder, in an environment of its own."""
        program = [sys.executable, "-m", "pinsmith"] if words[0] == "pinsmith" else [sys.executable]
        done = subprocess.run(  # noqa: S603 - this interpreter, fixed words
            [*program, *words[1:]],
            cwd=self.folder,
            env={**self._environment(), "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return CommandResult(done.stdout.rstrip("\n"), done.returncode)

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Give this process the environment that `run` gives to programs."""
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(self._environment())
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG", "LC_ALL") if name in os.environ}
        return {**kept, "HOME": str(self.folder.parent), "COLUMNS": "120"}
