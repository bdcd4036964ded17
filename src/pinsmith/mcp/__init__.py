"""
The server for agents, by the Model Context Protocol: read-only tools over the library.

A tool is one file in ``tools``. It gets arguments and a `scope`, which says what it may reach, and returns a document.
`answer` makes every result safe and short, and `server` speaks the protocol, with the extra ``pinsmith[mcp]``.

Source:
    https://modelcontextprotocol.io/specification, and the documentation of the package ``mcp`` 2
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def serve(pin_file: Path, *, any_host: bool, timeout_seconds: float) -> None:
    """
    Serve on standard input and output until the client closes them. The tools read files below the working directory.

    Args:
        pin_file: The pin file. It is read again for each call, and need not exist yet.

        any_host: Whether tools also connect to hosts outside the pin file that have only public addresses.

        timeout_seconds: For each connection.

    Raises:
        UsageError: If release 2 of the package ``mcp`` is not installed.
    """
    if find_spec("mcp_types") is None:  # a part of mcp since release 2
        raise UsageError(
            "the package mcp, release 2, is not installed, so pinsmith cannot speak to agents",
            hint="pip install 'pinsmith[mcp]'",
        )
    from pinsmith.mcp.scope import Scope
    from pinsmith.mcp.server import run

    run(Scope(pin_file, any_host=any_host, timeout_seconds=timeout_seconds))
