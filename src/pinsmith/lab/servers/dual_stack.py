"""One name and one port on both loopback addresses, with a server of its own on each."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING, Final

from pinsmith.lab.servers.server import RecordingServer

if TYPE_CHECKING:
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.stage import Stage

IPV4: Final = "127.0.0.1"
IPV6: Final = "::1"
_TRIES: Final = 20


def has_ipv6() -> bool:
    """Say whether the loopback of this machine has ``::1``."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind((IPV6, 0))
    except OSError:
        return False
    return True


def resolves_to_both(host: str = "localhost") -> bool:
    """Say whether the resolver of this machine knows *host* by ``127.0.0.1`` and by ``::1``."""
    try:
        found = {str(address[0]) for *_, address in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)}
    except OSError:
        return False
    return {IPV4, IPV6} <= found


def meets_both(used: frozenset[str]) -> bool:
    """
    Say whether a client can come to both servers on this machine.

    One that uses the lab's proxy does, for the proxy knows both addresses. One that resolves the name itself needs a
    resolver that knows both. One that is told where to dial does not resolve.

    Args:
        used: The placeholders that its command line names; empty if it reads the environment, where the proxy stands.
    """
    if not has_ipv6():
        return False
    return not used or "proxy" in used or ("address" not in used and resolves_to_both())


def serve_both(stage: Stage, ipv4: Identity, ipv6: Identity) -> tuple[RecordingServer, RecordingServer]:
    """
    Start two servers on one port, the first where servers are, on IPv4, the second at ``::1``.

    Raises:
        OSError: There is no ``::1``, or no port was free at both.
    """
    for tries_left in range(_TRIES, 0, -1):
        first = stage.serve(ipv4)
        try:
            return first, stage.keep(RecordingServer(ipv6, address=IPV6, port=first.port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE or tries_left == 1:
                raise
    raise AssertionError  # never reached
