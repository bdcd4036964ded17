"""Accept connections on the loopback: on a port that the kernel chooses, with one thread each, and a clean end."""

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
_MAX_CONNECTIONS = 500  # at a time, with one thread each


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
        """Also own *sock*, which replaces a socket that was wrapped into it."""
        with self._lock:
            self._sockets = [sock for sock in self._sockets if sock.fileno() >= 0]
            self._sockets.append(sock)
            if self._aborted:
                _shut_down(sock)

    def abort(self) -> None:
        """Wake threads that read or write. The owning thread then closes the sockets."""
        with self._lock:
            self._aborted = True
            for sock in self._sockets:
                _shut_down(sock)

    @property
    def aborted(self) -> bool:
        """Whether the server ended this connection because the server itself ends."""
        return self._aborted

    def close(self) -> None:
        """Close all sockets. For the owning thread."""
        with self._lock:
            for sock in self._sockets:
                sock.close()
            self._sockets = []


class Listener:
    """
    Base of all servers here. It listens from construction on, and serves inside ``with``.

    Bytes of clients are kept as far as the `quota` allows.

    The exceptions of threads are in `errors`. The end of the ``with`` block raises those that are left as an
    `ExceptionGroup`. A test that expects an exception asserts it and clears the list.
    """

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        """
        Listen on *address*, which is on the loopback unless other machines should connect.

        Args:
            address: An IP address of this machine, or the unspecified address for all of them.

            port: The port; 0 to let the kernel choose.
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
            # A requested port is often that of the last run. On Windows the option has another meaning.
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
        Listen at another address, before the first connection is accepted. The arguments are those of the constructor.

        Raises:
            OSError: if that is not possible. Then the address does not change.
        """
        former, self._listening = self._listening, self._listen(address, port)
        former.close()

    @property
    def endpoint(self) -> tuple[str, int]:
        """Address and port, as `socket.create_connection` takes them."""
        return self.address, self.port

    def start(self) -> Self:
        """Begin to accept. ``with`` calls this."""
        self._acceptor.start()
        return self

    def close(self) -> None:
        """End all connections and all threads. Does not raise errors; see `errors`."""
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
        Return when every connection that was made before this call has been accepted and has ended.

        Afterwards all bytes are recorded. This also waits for connections in the queue of the kernel, because the
        listener connects to itself, and the queue is first in, first out.

        Raises:
            TimeoutError: if a connection is still open. Close the client first.
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
        """End, and raise the errors of the threads, unless another error is being raised."""
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
                    # Out of files or threads. Without a pause, the queue would be tried again at once, for ever.
                    with self._changed:
                        self._changed.wait(_BREATH_SECONDS)

    def _is_full(self) -> bool:
        """Say whether no more clients are accepted for now. They wait in the queue of the kernel."""
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
        # Not SSLSocket.shutdown, which would remove the TLS state while the thread reads.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return  # not connected any more, so no thread must be woken
