"""A listener that cannot accept more connections."""

from __future__ import annotations

import errno
import socket
import threading

import pytest

from pinsmith.lab.servers import listener
from pinsmith.lab.servers.listener import Link, Listener


class _OutOfFiles(Listener):
    """A listener whose accept always fails."""

    def __init__(self) -> None:
        self.tries = 0
        self.enough = threading.Event()
        super().__init__()

    def _accept_one(self) -> None:
        self.tries += 1
        if self.tries > 3:
            self.enough.set()
        raise OSError(errno.EMFILE, "Too many open files")

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        raise NotImplementedError


def test_a_listener_without_free_files_reports_it_and_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The listener pauses after each failure and keeps a bounded number of them, which closing it raises."""
    monkeypatch.setattr(listener, "_MAX_ERRORS", 2)
    waited: list[float] = []
    server = _OutOfFiles()
    wait = server._changed.wait

    def noted(seconds: float | None = None) -> bool:
        waited.append(seconds or 0)
        return wait(0.001)

    monkeypatch.setattr(server._changed, "wait", noted)
    with pytest.raises(ExceptionGroup, match="broke") as caught, server, socket.create_connection(server.endpoint, 10):
        assert server.enough.wait(10)
    assert len(caught.value.exceptions) == 2
    assert len(waited) >= 3
    assert all(waited)


class _Held(Listener):
    """A listener that keeps each connection until its client leaves."""

    def __init__(self) -> None:
        self.let_in = threading.Semaphore(0)
        super().__init__()

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        self.let_in.release()
        accepted.recv(1)


def test_many_clients_are_served_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bounded number of connections has a thread; the other clients wait and are served later."""
    monkeypatch.setattr(listener, "_MAX_CONNECTIONS", 3)
    with _Held() as server:
        clients = [socket.create_connection(server.endpoint, 10) for _ in range(20)]
        assert all(server.let_in.acquire(timeout=10) for _ in range(3))
        assert not server.let_in.acquire(timeout=0.2)
        for client in clients:
            client.close()
        assert all(server.let_in.acquire(timeout=10) for _ in range(17))
        server.wait_closed()
