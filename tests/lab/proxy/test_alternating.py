"""The proxy that dials several addresses in turn."""

from __future__ import annotations

import socket

from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.lab.proxy.alternating import AlternatingProxy
from pinsmith.lab.servers.server import RecordingServer

PKI = LabPKI.of_kind("ec-p256")


def test_the_proxy_alternates_only_for_its_host() -> None:
    """Tunnels to its host go to the first, the second and again the first server; other hosts get 502."""
    with (
        RecordingServer(PKI.genuine()) as first,
        RecordingServer(PKI.genuine()) as second,
        AlternatingProxy("localhost", (first.endpoint, second.endpoint)) as proxy,
    ):
        for host in ("localhost", "other.test", "localhost", "localhost"):
            with socket.create_connection(proxy.endpoint, 10) as plain:
                plain.sendall(f"CONNECT {host}:{first.port} HTTP/1.1\r\n\r\n".encode())
                assert plain.recv(65536).startswith(b"HTTP/1.1 502" if host == "other.test" else b"HTTP/1.1 200")
        proxy.wait_closed()
        assert [len(server.settled()) for server in (first, second)] == [2, 1]
