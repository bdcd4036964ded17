"""A UDP port that records attempts to use it, with or without an HTTP/3 server."""

from __future__ import annotations

import secrets
import socket
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pinsmith.lab.pki.identity import Identity

_JOIN_SECONDS = 10.0
_MAX_DATAGRAMS = 1000


class DatagramTrap:
    """
    Receive datagrams on the loopback, and answer none.

    A client that speaks QUIC sends only the beginning of a handshake, so nothing is disclosed. The record shows whether
    it tried.
    """

    def __init__(self, address: str = "127.0.0.1") -> None:
        """Let the kernel choose a port; ``with`` begins to receive."""
        self._socket = self._bind(address, 0)
        self._changed = threading.Condition()
        self._datagrams: list[bytes] = []
        self._marks: set[bytes] = set()
        self._last = secrets.token_bytes(16)
        self.errors: list[Exception] = []
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    def _bind(self, address: str, port: int) -> socket.socket:
        bound = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            bound.bind((address, port))
        except OSError:
            bound.close()
            raise
        self.address = address
        self.port: int = bound.getsockname()[1]
        return bound

    def move(self, address: str, port: int = 0) -> None:
        """
        Receive at another address, before it begins to receive.

        Raises:
            OSError: if that is not possible. Then the address does not change.
        """
        former, self._socket = self._socket, self._bind(address, port)
        former.close()

    @property
    def connections(self) -> tuple[bytes, ...]:
        """The datagrams so far, at most the first 1000."""
        with self._changed:
            return tuple(self._datagrams)

    @property
    def disclosed(self) -> bytes:
        """No bytes; see above."""
        return b""

    @property
    def disclosed_size(self) -> int:
        """The number of these bytes."""
        return len(self.disclosed)

    def wait_closed(self, timeout_seconds: float = 10.0) -> None:
        """
        Return when every datagram that was sent before this call is recorded.

        Raises:
            TimeoutError: if the trap does not receive.
        """
        if not self._thread.is_alive():
            return
        mark = secrets.token_bytes(16)
        with self._changed:
            self._marks.add(mark)
            self._send(mark)
            if not self._changed.wait_for(lambda: mark not in self._marks, timeout_seconds):
                raise TimeoutError("the UDP server does not receive the datagram that it sent to itself")

    def close(self) -> None:
        """Stop, and release the port."""
        if self._thread.is_alive():
            self._send(self._last)
            self._thread.join(_JOIN_SECONDS)
        self._socket.close()

    def __enter__(self) -> Self:
        """Begin to receive."""
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        """Stop, and raise the errors of the thread, unless another error is being raised."""
        self.close()
        if raised[0] is None and self.errors:
            raise ExceptionGroup(f"{type(self).__name__} on port {self.port} broke", self.errors)

    def _send(self, mark: bytes) -> None:
        with socket.socket(self._socket.family, socket.SOCK_DGRAM) as sender:
            sender.sendto(mark, (self.address, self.port))

    def _run(self) -> None:
        try:
            self._receive()
        except Exception as error:  # noqa: BLE001 - recorded, raised on leaving
            self.errors.append(error)

    def _receive(self) -> None:
        """Note every datagram until the last."""
        while (datagram := self._socket.recv(65536)) != self._last:
            self._note(datagram)

    def _note(self, datagram: bytes) -> bool:
        """Record a datagram, unless the trap sent it to itself. Return whether it is recorded."""
        with self._changed:
            if datagram in self._marks:
                self._marks.remove(datagram)
                self._changed.notify_all()
                return False
            if len(self._datagrams) < _MAX_DATAGRAMS:
                self._datagrams.append(datagram)
            return True


def http3_or_trap(identity: Identity) -> DatagramTrap:
    """Return a server that speaks HTTP/3 as *identity* if the library qh3 is installed; otherwise a trap."""
    if find_spec("qh3") is None:
        return DatagramTrap()
    from pinsmith.lab.servers.http3 import HTTP3Server  # an optional library

    return HTTP3Server(identity)
