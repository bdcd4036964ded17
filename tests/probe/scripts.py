"""A script for each STARTTLS protocol: what server and client send before TLS, and how the server refuses."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import socket

Step = tuple[Literal["says", "hears"], bytes]

XMPP_OPEN = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client'"
    b" xmlns:stream='http://etherx.jabber.org/streams' to='mail.test' version='1.0'>"
)
XMPP_FEATURES = (
    b"<?xml version='1.0'?><stream:stream from='mail.test' id='1' version='1.0'>"
    b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
    b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:features>"
)
XMPP_ASK = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
XMPP_PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
XMPP_FAILURE = b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"
LDAP_ASK = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
RDP_ASK = bytes.fromhex("030000130ee000000000000100080003000000")


def mysql_packet(sequence: int, payload: bytes) -> bytes:
    """Return *payload* as one packet of MySQL's protocol."""
    return len(payload).to_bytes(3, "little") + bytes([sequence]) + payload


def mysql_greeting(flags: int) -> bytes:
    """Return the greeting of MySQL 8, with the lower half of the capability *flags*."""
    tail = struct.pack("<HBHHB10x", flags, 255, 2, 0xDFFF, 21) + b"B" * 12 + b"\0caching_sha2_password\0"
    return mysql_packet(0, b"\x0a8.4.0\0" + struct.pack("<I", 7) + b"A" * 8 + b"\0" + tail)


MYSQL_ASK = mysql_packet(1, struct.pack("<IIB23x", 0x8A00, 1 << 24, 33))


@dataclass(frozen=True)
class Script:
    """The script of one protocol: the steps that lead to TLS, a refusal, and the part of it that the error quotes."""

    protocol: str
    steps: tuple[Step, ...]
    refusal: bytes
    quoted: str

    def play(self, sock: socket.socket) -> None:
        """Play the server's part on *sock*; raise if the client sends something unexpected."""
        for who, words in self.steps:
            if who == "says":
                sock.sendall(words)
                continue
            heard = b""
            while len(heard) < len(words):
                received = sock.recv(len(words) - len(heard))  # read no further, because the next bytes may be TLS
                if not received:
                    break
                heard += received
            if heard != words:
                raise ConnectionAbortedError(f"expected {words!r}, heard {heard!r}")


SCRIPTS = (
    Script(
        "smtp",
        (
            ("says", b"220-mail.test ESMTP\r\n220 be brief\r\n"),
            ("hears", b"EHLO [127.0.0.1]\r\n"),
            ("says", b"250-mail.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"),
            ("hears", b"STARTTLS\r\n"),
            ("says", b"220 go ahead\r\n"),
        ),
        b"454 TLS not available\r\n",
        "454 TLS not available",
    ),
    Script(
        "lmtp",
        (
            ("says", b"220 mail.test LMTP\r\n"),
            ("hears", b"LHLO [127.0.0.1]\r\n"),
            ("says", b"250-mail.test\r\n250 STARTTLS\r\n"),
            ("hears", b"STARTTLS\r\n"),
            ("says", b"220 go ahead\r\n"),
        ),
        b"502 no\r\n",
        "502 no",
    ),
    Script(
        "imap",
        (
            ("says", b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"),
            ("hears", b"P1 STARTTLS\r\n"),
            ("says", b"* CAPABILITY IMAP4rev1\r\nP1 OK begin\r\n"),
        ),
        b"P1 BAD unknown command\r\n",
        "P1 BAD unknown command",
    ),
    Script(
        "pop3",
        (("says", b"+OK ready\r\n"), ("hears", b"STLS\r\n"), ("says", b"+OK begin\r\n")),
        b"-ERR not here\r\n",
        "-ERR not here",
    ),
    Script(
        "sieve",
        (
            ("says", b'"IMPLEMENTATION" "x"\r\n"STARTTLS"\r\n"VERSION" "1.0"\r\nOK "ready"\r\n'),
            ("hears", b"STARTTLS\r\n"),
            ("says", b'OK "begin"\r\n'),
        ),
        b'NO "not here"\r\n',
        "not here",
    ),
    Script(
        "ftp",
        (
            ("says", b"220-files.test\r\n230 is not the end\r\n220 ready\r\n"),
            ("hears", b"AUTH TLS\r\n"),
            ("says", b"234 begin\r\n"),
        ),
        b"534 local policy forbids TLS\r\n",
        "534 local policy forbids TLS",
    ),
    Script(
        "nntp",
        (("says", b"201 no posting\r\n"), ("hears", b"STARTTLS\r\n"), ("says", b"382 begin\r\n")),
        b"580 cannot\r\n",
        "580 cannot",
    ),
    Script(
        "ldap",
        (("hears", LDAP_ASK), ("says", bytes.fromhex("300c02010178070a010004000400"))),
        bytes.fromhex("3084000000110201017884000000080a010204000401") + b"!",
        "code 2",
    ),
    Script(
        "xmpp",
        (
            ("hears", XMPP_OPEN),
            ("says", XMPP_FEATURES),
            ("hears", XMPP_ASK),
            ("says", XMPP_PROCEED),
        ),
        XMPP_FAILURE,
        "<failure",
    ),
    Script(
        "xmpp-server",
        (
            ("hears", XMPP_OPEN.replace(b"jabber:client", b"jabber:server")),
            ("says", XMPP_FEATURES),
            ("hears", XMPP_ASK),
            ("says", XMPP_PROCEED.replace(b"/>", b"></proceed>")),
        ),
        XMPP_FAILURE,
        "<failure",
    ),
    Script("postgres", (("hears", bytes.fromhex("0000000804d2162f")), ("says", b"S")), b"N", "N"),
    Script(
        "mysql",
        (("says", mysql_greeting(0xFFFF)), ("hears", MYSQL_ASK)),
        mysql_greeting(0xF7FF),
        "8.4.0",
    ),
    Script(
        "irc",
        (
            ("hears", b"STARTTLS\r\n"),
            ("says", b":irc.test NOTICE * :*** looking up\r\n:irc.test 670 * :STARTTLS successful\r\n"),
        ),
        b":irc.test 691 * :STARTTLS failure\r\n",
        "691",
    ),
    Script(
        "rdp",
        (("hears", RDP_ASK), ("says", bytes.fromhex("030000130ed000001234000201080002000000"))),
        bytes.fromhex("030000130ed000001234000300080005000000"),
        "x05",
    ),
)
