"""FTP: a control channel that switches to TLS, and data channels that use TLS from the start."""

from __future__ import annotations

import ftplib
import io
import ssl
from typing import TYPE_CHECKING, Any

from pinsmith.lab.servers.speaker import silent_speaker
from tests.tls.clients.way import SECONDS, Errand, Way
from tests.tls.services.service import PASSWORD, USER, Script, Service

if TYPE_CHECKING:
    import socket

    from pinsmith.lab.servers.connection import RecordedConnection

CONTENT = b"the content of a file\n"
_ANSWERS = {
    "USER": "331 password, please\r\n",
    "PASS": "230 welcome\r\n",
    "PBSZ": "200 fine\r\n",
    "PROT": "200 fine\r\n",
    "TYPE": "200 fine\r\n",
    "NOOP": "200 still here\r\n",
}


class FTP(Script):
    """
    A server that keeps no files. Control and data channels use one port, so that sessions can be resumed.

    Args:
        data_port: The port for data channels; by default the server's own.
        grants_tls: Whether it switches to TLS on request.
    """

    def __init__(self, data_port: int | None = None, *, grants_tls: bool = True) -> None:
        self._data_port = data_port
        self._grants_tls = grants_tls
        self._expects_data = False

    def to_tls(self, sock: socket.socket) -> None:
        if self._expects_data:
            return
        sock.sendall(b"220 files.test\r\n")
        if sock.recv(4096) != b"AUTH TLS\r\n":
            raise ConnectionAbortedError("the client does not ask for TLS")
        if not self._grants_tls:
            sock.sendall(b"534 not here\r\n")
            sock.recv(4096)
            raise ConnectionAbortedError("there is no TLS here")
        sock.sendall(b"234 begin\r\n")

    def speak(self, sock: socket.socket, connection: RecordedConnection) -> None:
        if self._expects_data:
            self._expects_data = False
            silent_speaker(sock, connection)
            return
        while received := sock.recv(4096):
            command = received.split()[0].decode("ascii").upper()
            if command == "QUIT":
                sock.sendall(b"221 bye\r\n")
                return
            if command in {"PASV", "EPSV"}:
                port = self._data_port or sock.getsockname()[1]
                self._expects_data = self._data_port is None
                sock.sendall(_passive(command, port))
            elif command == "STOR":
                sock.sendall(b"150 go on\r\n226 done\r\n")  # the client reads on after it has sent the file
            else:
                sock.sendall(_ANSWERS[command].encode("ascii"))


def _passive(command: str, port: int) -> bytes:
    if command == "EPSV":
        return f"229 here (|||{port}|)\r\n".encode("ascii")
    return f"227 here (127,0,0,1,{port // 256},{port % 256})\r\n".encode("ascii")


class ReusingFTP(ftplib.FTP_TLS):
    """A client that resumes the control channel's session on data channels, as many servers require."""

    reused: bool | None = None

    def ntransfercmd(self, cmd: str, rest: Any = None) -> tuple[socket.socket, int | None]:  # noqa: ANN401
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321 - TLS follows
        assert isinstance(self.sock, ssl.SSLSocket)
        tls = self.context.wrap_socket(conn, server_hostname=self.host, session=self.sock.session)
        self.reused = tls.session_reused
        return tls, size


def log_in(errand: Errand, kind: type[ftplib.FTP_TLS] = ftplib.FTP_TLS, user: str = USER) -> ftplib.FTP_TLS:
    """Connect, switch to TLS and log in; on failure, close the connection."""
    client = kind(context=errand.context, timeout=SECONDS)
    try:
        client.connect(errand.host, errand.port)
        client.login(user, PASSWORD)
        client.prot_p()
    except BaseException:
        client.close()
        raise
    return client


def store(client: ftplib.FTP_TLS) -> bytes:
    """Send a file over a data channel."""
    try:
        answer = client.storbinary("STOR file", io.BytesIO(CONTENT)).encode("ascii")
        client.quit()
        return answer
    finally:
        client.close()


def ask_by_ftp(errand: Errand) -> bytes:
    """Switch to TLS and log in; data channels have tests of their own."""
    client = log_in(errand)
    answer = client.sendcmd("NOOP").encode("ascii")
    client.quit()
    return answer


FILES = (Service(Way("ftplib", ask_by_ftp), FTP, rb"AUTH TLS\r\n"),)
