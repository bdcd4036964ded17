"""One name and one port on both loopback addresses, with two different servers."""

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
    """Say whether the resolver of this machine knows both ``127.0.0.1`` and ``::1`` for *host*."""
    try:
        found = {str(address[0]) for *_, address in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)}
    except OSError:
        return False
    return {IPV4, IPV6} <= found


def meets_both(used: frozenset[str]) -> bool:
    """
    Say whether a client can reach both servers on this machine.

    A client that uses the proxy of the lab can, because the proxy knows both addresses. A client that resolves the name
    needs a resolver that knows both. A client that gets an address does not resolve the name.

    Args:
        used: The placeholders in its command line; empty if it reads the environment, which contains the proxy.
    """
    if not has_ipv6():
        return False
    return not used or "proxy" in used or ("address" not in used and resolves_to_both())


def serve_both(stage: Stage, ipv4: Identity, ipv6: Identity) -> tuple[RecordingServer, RecordingServer]:
    """
    Start two servers on one port: the first at the address of the stage, with IPv4, the second at ``::1``.

    Raises:
        OSError: if there is no ``::1``, or if no port was free at both addresses.
    """
    for tries_left in range(_TRIES, 0, -1):
        first = stage.serve(ipv4)
        try:
            return first, stage.keep(RecordingServer(ipv6, address=IPV6, port=first.port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE or tries_left == 1:
                raise
    raise AssertionError  # never reached
