"""
The hosts of `tests.pages.network` for a program that a walkthrough starts.

Python imports a module of this name before the program, if its folder is in PYTHONPATH.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any, Final

NAMES: Final = "WALKTHROUGH_NAMES"
"""The variable with the addresses of the hosts, as JSON."""

PORTS: Final = "WALKTHROUGH_PORTS"
"""The variable with the ports of the loopback that these addresses stand for, as JSON."""


def _redirect(names: dict[str, str], ports: dict[str, int]) -> None:
    look_up, connect, connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex

    def resolved(host: Any, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - as in socket
        return look_up(names.get(host.decode() if isinstance(host, bytes) else host, host), *more, **named)

    def reached(address: Any) -> Any:  # noqa: ANN401 - as in socket
        return ("127.0.0.1", ports[address[0]]) if isinstance(address, tuple) and address[0] in ports else address

    replacements: dict[str, Any] = {
        "connect": lambda sock, address: connect(sock, reached(address)),
        "connect_ex": lambda sock, address: connect_ex(sock, reached(address)),
    }
    for name, replacement in replacements.items():
        setattr(socket.socket, name, replacement)
    setattr(socket, "getaddrinfo", resolved)  # noqa: B010 - as above


if NAMES in os.environ:
    _redirect(json.loads(os.environ[NAMES]), json.loads(os.environ[PORTS]))
