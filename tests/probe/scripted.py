"""Servers that violate the TLS protocol, and TLS messages made by hand."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, x25519

from pinsmith.lab.servers.listener import Link, Listener

if TYPE_CHECKING:
    from collections.abc import Callable

ALERT: Final = 21
HANDSHAKE: Final = 22
ECDHE_RSA_AES128_GCM: Final = 0xC02F
RSA_AES128_GCM: Final = 0x009C
RANDOM: Final = bytes(range(32))


class PlainServer(Listener):
    """Hand each accepted socket to a function, in a thread of its own."""

    def __init__(self, play: Callable[[socket.socket], None], address: str = "127.0.0.1") -> None:
        super().__init__(address)
        self._play = play

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        try:
            self._play(accepted)
        except OSError:
            return


def answers(words: bytes, *, stays: bool = True) -> Callable[[socket.socket], None]:
    """Read once and send *words*; then wait until the client leaves, or close the connection if not *stays*."""

    def play(sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(words)
        while stays and sock.recv(65536):
            pass

    return play


def half_a_handshake_by_rsa(*ders: bytes) -> Callable[[socket.socket], None]:
    """
    Play a server of TLS 1.2 with RSA key exchange, which has not proved its key; ask for a client certificate.

    Args:
        ders: The certificates to present.
    """

    def play(sock: socket.socket) -> None:
        sock.recv(65536)
        request = bytes.fromhex("0d000008 0101 0002 0804 0000 0e000000")
        sock.sendall(server_hello(RSA_AES128_GCM) + certificate(*ders) + record(HANDSHAKE, request))
        sock.recv(65536)
        sock.sendall(alert(40))
        tarpit(sock)

    return play


def tarpit(sock: socket.socket) -> None:
    """Read and never answer."""
    while sock.recv(65536):
        pass


def reset(sock: socket.socket) -> None:
    """Reset the connection after the first byte."""
    sock.recv(1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0]))
    sock.close()


def record(kind: int, content: bytes) -> bytes:
    """Return *content* as one record of TLS 1.2."""
    return bytes([kind]) + b"\x03\x03" + len(content).to_bytes(2) + content


def server_hello(suite: int = ECDHE_RSA_AES128_GCM, *, random: bytes = RANDOM) -> bytes:
    """Return a ServerHello that chooses TLS 1.2 and *suite*."""
    extensions = bytes.fromhex("ff010001 00 000b0002 0100")
    body = b"\x03\x03" + random + b"\0" + suite.to_bytes(2) + b"\0"
    body += len(extensions).to_bytes(2) + extensions
    return record(HANDSHAKE, b"\x02" + len(body).to_bytes(3) + body)


def certificate(*ders: bytes) -> bytes:
    """Return a Certificate message with these entries, which need not be certificates."""
    body = b"".join(len(der).to_bytes(3) + der for der in ders)
    body = len(body).to_bytes(3) + body
    return record(HANDSHAKE, b"\x0b" + len(body).to_bytes(3) + body)


def half_a_handshake(key: rsa.RSAPrivateKey, *ders: bytes, asks: bool = True) -> Callable[[socket.socket], None]:
    """
    Play a server of TLS 1.2 until the client's second flight arrives, and answer that with an alert.

    Args:
        key: Signs the key exchange; an honest server has the key of the leaf.
        ders: The certificates to present.
        asks: Ask for a client certificate.
    """

    def play(sock: socket.socket) -> None:
        client_random = sock.recv(65536)[11:43]
        share = x25519.X25519PrivateKey.generate().public_key().public_bytes_raw()
        parameters = b"\x03\x00\x1d" + bytes([len(share)]) + share
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        signature = key.sign(client_random + RANDOM + parameters, pss, hashes.SHA256())
        exchange = parameters + b"\x08\x04" + len(signature).to_bytes(2) + signature
        request = bytes.fromhex("0101 0002 0804 0000")
        messages = [(12, exchange), *([(13, request)] if asks else []), (14, b"")]
        flight = b"".join(bytes([kind]) + len(body).to_bytes(3) + body for kind, body in messages)
        sock.sendall(server_hello() + certificate(*ders) + record(HANDSHAKE, flight))
        sock.recv(65536)
        sock.sendall(alert(40))
        tarpit(sock)

    return play


def alert(number: int, *, level: int = 2) -> bytes:
    """Return an alert in the clear."""
    return record(ALERT, bytes([level, number]))
