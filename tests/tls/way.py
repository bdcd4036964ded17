"""All ways to move bytes through a TLS socket or object, for tests that try each of them."""

from __future__ import annotations

import io
import tempfile
from typing import TYPE_CHECKING, Any

from tests.tls.attack import SECRET

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from pinsmith.lab.servers.connection import RecordedConnection

GREETING = b"220 at your service\r\n"


def greet(sock: socket.socket, _: RecordedConnection) -> None:
    """Speak first, then read until the client leaves, so that both reading and writing move bytes."""
    sock.sendall(GREETING)
    while sock.recv(65536):
        pass


def write_by_makefile(tls: ssl.SSLSocket) -> None:
    """Write through a file that was made before the handshake."""
    with tls.makefile("wb") as file:
        file.write(SECRET)


def read_by_makefile(tls: ssl.SSLSocket) -> bytes:
    """Read through a file that was made before the handshake."""
    with tls.makefile("rb") as file:
        return file.readline()


def sendfile(tls: ssl.SSLSocket) -> int:
    """Send a file that has a descriptor."""
    with tempfile.TemporaryFile() as file:
        file.write(SECRET)
        file.seek(0)
        return tls.sendfile(file)


WRITES: dict[str, Callable[[Any], object]] = {
    "send": lambda tls: tls.send(SECRET),
    "sendall": lambda tls: tls.sendall(SECRET),
    "write": lambda tls: tls.write(SECRET),
    "sendfile": sendfile,
    "sendfile of a file without descriptor": lambda tls: tls.sendfile(io.BytesIO(SECRET)),
    "makefile": write_by_makefile,
}
READS: dict[str, Callable[[Any], object]] = {
    "read": lambda tls: tls.read(100),
    "read into a buffer": lambda tls: tls.read(100, bytearray(100)),
    "recv": lambda tls: tls.recv(100),
    "recv_into": lambda tls: tls.recv_into(bytearray(100)),
    "makefile": read_by_makefile,
}
WAYS: dict[str, Callable[[Any], object]] = {
    **{f"write by {name}": way for name, way in WRITES.items()},
    **{f"read by {name}": way for name, way in READS.items()},
    "unwrap": lambda tls: tls.unwrap(),
    "do_handshake": lambda tls: tls.do_handshake(),
}
MEMORY_WAYS: dict[str, tuple[object, ...]] = {
    "write": (SECRET,),
    "read": (100,),
    "unwrap": (),
    "do_handshake": (),
}

# The calls that ssl sends in the clear when it has no TLS object.
CLEAR_WRITES: dict[str, Callable[[Any], object]] = {
    "send": WRITES["send"],
    "sendall": WRITES["sendall"],
    "sendfile": sendfile,
    "sendto": lambda tls: tls.sendto(SECRET, tls.getpeername()),
}
CLEAR_READS: dict[str, Callable[[Any], object]] = {
    "recv": READS["recv"],
    "recv_into": READS["recv_into"],
    "recvfrom": lambda tls: tls.recvfrom(100),
    "recvfrom_into": lambda tls: tls.recvfrom_into(bytearray(100)),
}
CLEAR = {**CLEAR_WRITES, **CLEAR_READS}
