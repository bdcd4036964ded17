"""Accept connections on the loopback: a kernel-chosen port, a thread each, and a clean end."""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from typing import Self

from pinsmith.lab.servers.received import Quota

_JOIN_SECONDS = 10.0
_BREATH_SECONDS = 0.05
_MAX_ERRORS = 100
_MAX_CONNECTIONS = 500  # at a time: each has a thread


class Link:
    """The sockets of one accepted connection, so that a server that ends can end it from another thread."""

    def __init__(self, accepted: socket.socket, peer: tuple[str, int]) -> None:
        """Own *accepted* from now on."""
        self.peer = peer
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._aborted = False
        self.adopt(accepted)

    def adopt(self, sock: socket.socket) -> None:
        """Own *sock* too; it replaces a socket that was wrapped into it."""
        with self._lock:
            self._sockets = [sock for sock in self._sockets if sock.fileno() >= 0]
            self._sockets.append(sock)
            if self._aborted:
                _shut_down(sock)

    def abort(self) -> None:
        """Wake whoever reads or writes; the owning thread then closes."""
        with self._lock:
            self._aborted = True
            for sock in self._sockets:
                _shut_down(sock)

    @property
    def aborted(self) -> bool:
        """Whether the server ended this connection because the server itself ends."""
        return self._aborted

    def close(self) -> None:
        """Close every socket. For the owning thread."""
        with self._lock:
            for sock in self._sockets:
                sock.close()
            self._sockets = []


class Listener:
    """
    Base of every server here: listens from construction on, serves inside ``with``.

    What clients send is kept as far as the `quota` allows.

    A thread that breaks is never silent: its exception stands in `errors`, and leaving the ``with`` block raises those
    still there as an `ExceptionGroup`. A test that expects one asserts it and clears the list.
    """

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        """
        Listen on *address*, an IP address of the loopback unless others are meant to come in.

        Args:
            address: An IP address of this machine, or the unspecified one for all of them.

            port: 0 for one of the kernel's choice.
        """
        self.errors: list[Exception] = []
        self.quota = Quota()
        self._listening = self._listen(address, port)
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._changed = threading.Condition()
        self._links: dict[Link, threading.Thread] = {}
        self._barriers: set[tuple[str, int]] = set()
        self._acceptor = threading.Thread(target=self._accept_all, name=f"{type(self).__name__}:{self.port}")
        self._acceptor.daemon = True
        self._closed = False

    def _listen(self, address: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        if port and os.name != "nt":
            # A port that was asked for is often the one of the run before. Elsewhere the option means another thing.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((address, port))
        except OSError:
            listening.close()
            raise
        listening.listen(1024)
        listening.settimeout(0)
        self.address, self._family = address, family
        self.port: int = listening.getsockname()[1]
        return listening

    def move(self, address: str, port: int = 0) -> None:
        """
        Listen elsewhere, before the first connection is accepted; the arguments are those of the constructor.

        Raises:
            OSError: Nobody can listen there; this one still does where it did.
        """
        former, self._listening = self._listening, self._listen(address, port)
        former.close()

    @property
    def endpoint(self) -> tuple[str, int]:
        """Address and port, as `socket.create_connection` takes them."""
        return self.address, self.port

    def start(self) -> Self:
        """Begin to accept. ``with`` does it."""
        self._acceptor.start()
        return self

    def close(self) -> None:
        """End every connection and every thread; raises nothing, see `errors`."""
        if self._closed:
            return
        self._closed = True
        self._wake_writer.close()
        if self._acceptor.ident is not None:
            self._acceptor.join(_JOIN_SECONDS)
        self._listening.close()
        self._wake_reader.close()
        with self._changed:
            left = dict(self._links)
        for link in left:
            link.abort()
        end = time.monotonic() + _JOIN_SECONDS
        for link, thread in left.items():
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                self.errors.append(RuntimeError(f"the thread serving {link.peer} did not end"))

    def wait_closed(self, timeout_seconds: float = 10.0) -> None:
        """
        Return once every connection made before this call has been accepted and has ended.

        So whoever looks afterwards sees every byte there was: a connection still in the kernel's queue is waited for
        too (the listener connects to itself, and the queue is first in, first out).

        Raises:
            TimeoutError: A connection is still open; close the client first.
        """
        if self._closed:
            return
        with socket.socket(self._family, socket.SOCK_STREAM) as barrier:
            barrier.bind((self.address, 0))
            barrier.settimeout(timeout_seconds)
            mark = barrier.getsockname()[:2]
            with self._changed:
                self._barriers.add(mark)
            barrier.connect(self.endpoint)
            with self._changed:
                if not self._changed.wait_for(lambda: self._is_settled(mark), timeout_seconds):
                    raise TimeoutError(self._unsettled(timeout_seconds))

    def _is_settled(self, mark: tuple[str, int]) -> bool:
        return mark not in self._barriers and not self._links

    def _unsettled(self, timeout_seconds: float) -> str:
        peers = ", ".join(f"{link.peer[0]} port {link.peer[1]}" for link in self._links) or "none known"
        return f"connections still open after {timeout_seconds} s: {peers}; close the client first"

    def __enter__(self) -> Self:
        """Begin to accept."""
        return self.start()

    def __exit__(self, *raised: object) -> None:
        """End, and raise what broke in the threads unless something is being raised already."""
        self.close()
        if raised[0] is None and self.errors:
            message = f"{type(self).__name__} on port {self.port} broke"
            raise ExceptionGroup(message, self.errors)

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        """Serve one connection, in its own thread. *link* is closed afterwards."""
        raise NotImplementedError

    def _accept_all(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            selector.register(self._wake_reader, selectors.EVENT_READ)
            while not any(key.fileobj is self._wake_reader for key, _ in selector.select()):
                if self._is_full():
                    continue
                try:
                    self._accept_one()
                except BlockingIOError:
                    continue  # the client left the queue before it was accepted
                except Exception as error:  # noqa: BLE001 - recorded, raised on leaving
                    self._note(error)
                    # Out of files or of threads: what waits in the queue would be tried again at once, and for ever.
                    with self._changed:
                        self._changed.wait(_BREATH_SECONDS)

    def _is_full(self) -> bool:
        """Say whether no more clients are let in for now; the others wait in the kernel's queue."""
        with self._changed:
            if len(self._links) >= _MAX_CONNECTIONS:
                self._changed.wait(_BREATH_SECONDS)
            return len(self._links) >= _MAX_CONNECTIONS

    def _note(self, error: Exception) -> None:
        if len(self.errors) < _MAX_ERRORS:
            self.errors.append(error)

    def _accept_one(self) -> None:
        accepted, address = self._listening.accept()
        peer = address[:2]
        with self._changed:
            if peer in self._barriers:
                self._barriers.remove(peer)
                self._changed.notify_all()
                accepted.close()
                return
            accepted.settimeout(None)
            link = Link(accepted, peer)
            thread = threading.Thread(target=self._run, args=(link, accepted), daemon=True)
            try:
                thread.start()
            except RuntimeError:
                link.close()
                raise
            self._links[link] = thread

    def _run(self, link: Link, accepted: socket.socket) -> None:
        try:
            self._serve(link, accepted)
        except Exception as error:  # noqa: BLE001 - recorded, raised on leaving
            self._note(error)
        finally:
            link.close()
            with self._changed:
                del self._links[link]
                self._changed.notify_all()


def _shut_down(sock: socket.socket) -> None:
    try:
        # Not SSLSocket.shutdown: it would take the TLS state away under the thread that reads.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return  # not connected any more: nobody is left to wake
