"""The ClientHello of real clients is read correctly, and that of hostile ones is refused."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from pinsmith.lab.proxy.hello import HelloError, parse, read_hello
from pinsmith.lab.proxy.tunnel import Deadline

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "api.example.com"


def flight(context: ssl.SSLContext | None = None, name: str | None = NAME) -> bytes:
    """Return the first flight of a real client."""
    context = context or ssl.create_default_context()
    context.check_hostname = name is not None
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def message(**options: ssl.SSLContext | str | None) -> bytes:
    """Return a ClientHello without its record."""
    return flight(**options)[5:]  # type: ignore[arg-type]


def recorded(octets: bytes, sizes: Sequence[int] = ()) -> bytes:
    """Split a message into records of *sizes*, with one more for the rest."""
    records = b""
    for size in (*sizes, len(octets)):
        part, octets = octets[:size], octets[size:]
        records += b"\x16\x03\x01" + len(part).to_bytes(2) + part if part else b""
    return records


def read(octets: bytes) -> bytes:
    """Read a hello from a socket on which nothing follows *octets*; return the consumed bytes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(octets)
        theirs.shutdown(socket.SHUT_WR)
        return read_hello(ours, b"", Deadline(20))[1]


def test_a_real_client_is_read() -> None:
    """Host name, ALPN protocols and support for ECDSA are read as the client sent them."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    hello = parse(message(context=context))
    assert (hello.server_name, hello.alpn, hello.takes_ecdsa) == (NAME, (b"h2", b"http/1.1"), True)


def test_a_client_without_sni_and_alpn_is_read() -> None:
    """Server name and ALPN may be missing."""
    hello = parse(message(name=None))
    assert (hello.server_name, hello.alpn) == (None, ())


def test_the_fingerprint_depends_only_on_the_stack() -> None:
    """Two connections of one stack have the same fingerprint whatever they request; other suites change it."""
    other = ssl.create_default_context()
    other.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    alpn = ssl.create_default_context()
    alpn.set_alpn_protocols(["h2"])
    usual = parse(message()).fingerprint
    assert parse(message(name="www.example.com", context=alpn)).fingerprint == usual
    assert parse(message(context=other)).fingerprint != usual


def test_a_client_that_accepts_only_rsa_is_recognised() -> None:
    """A client of TLS 1.2 accepts only RSA if all its suites use RSA."""
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
    assert not parse(message(context=context)).takes_ecdsa


@pytest.mark.parametrize("sizes", [(), (1, 1, 1, 1), (4,), (100, 7)])
def test_a_hello_in_several_records_is_reassembled(sizes: Sequence[int]) -> None:
    """Clients may split it at any place."""
    octets = recorded(message(), sizes)
    assert read(octets) == octets


def test_bytes_after_the_hello_are_kept() -> None:
    """Bytes that were read after the hello belong to the handshake."""
    assert read(flight() + b"\x14\x03\x03\x00\x01\x01").endswith(b"\x01\x01")


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "left before"),
        (b"GET / HTTP/1.1\r\n\r\n", "not a handshake record"),
        (b"\x16\x02\x00\x00\x05hello", "not a handshake record"),
        (b"\x16\x03\x01\x00\x00", "not a handshake record"),
        (b"\x16\x03\x01\xff\xff" + bytes(70_000), "not a handshake record"),
        (b"\x16\x03\x01\x00\x04\x01\xff\xff\xff", "more than"),
        (b"\x16\x03\x01\x00\x04\x02\x00\x00\x00", "not a ClientHello"),
        (b"\x16\x03\x01\x00\x04\x01\x00\xff\x00" + b"\x16\x03\x01\x00\x01\x00" * 100, "more than 64 records"),
        (b"\x16\x03\x01\x00\x04\x01\x00\x00\x00", "2|34"),
    ],
)
def test_bytes_that_are_not_a_hello_are_refused(octets: bytes, words: str) -> None:
    """The error gives the reason, and reading stops after a bounded number of bytes."""
    with pytest.raises(HelloError, match=words):
        read(octets)


def test_a_repeated_extension_is_refused() -> None:
    """With two server names in one hello, it is not defined which one counts."""
    hello = message()
    at = hello.index(NAME.encode()) - 9
    extension = hello[at : at + 9 + len(NAME)]
    length = int.from_bytes(hello[1:4]) + len(extension)
    lengths_at = next(
        index for index in range(at - 2, 0, -1) if int.from_bytes(hello[index : index + 2]) == len(hello) - index - 2
    )
    total = int.from_bytes(hello[lengths_at : lengths_at + 2]) + len(extension)
    doubled = (
        b"\x01" + length.to_bytes(3) + hello[4:lengths_at] + total.to_bytes(2) + hello[lengths_at + 2 :] + extension
    )
    with pytest.raises(HelloError, match="twice"):
        parse(doubled)


@given(st.data())
def test_a_damaged_hello_is_read_or_refused(data: st.DataObject) -> None:
    """Damage raises no exception other than HelloError."""
    octets = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 8))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(octets)))
    for candidate in (bytes(octets), bytes(octets[:cut])):
        try:
            hello = parse(candidate)
        except HelloError:
            continue
        assert len(hello.fingerprint) == 12


@given(st.binary(max_size=300))
def test_noise_is_refused_with_one_error(octets: bytes) -> None:
    """Random bytes raise no exception other than HelloError."""
    try:
        parse(octets)
    except HelloError:
        return


WHOLE = message()
