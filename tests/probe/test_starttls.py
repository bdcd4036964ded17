from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import StartTLSError
from pinsmith.probe import starttls
from tests.probe.scripts import SCRIPTS, Script, mysql_packet

if TYPE_CHECKING:
    from collections.abc import Generator

BY_ID = {script.protocol: script for script in SCRIPTS}
every_protocol = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.protocol)


def meet(script: Script, *, piece: int = 1 << 20, last: bytes | None = None, after: bytes = b"") -> None:
    """Run the dialogue against the script, *piece* bytes at a time; *last* replaces the server's last words."""
    spoken = [step for step in script.steps if step[0] == "says"]
    dialogue = starttls.find(script.protocol).converse("mail.test")
    sent = _next(dialogue, None)
    for step in script.steps:
        if step[0] == "hears":
            assert sent[: len(step[1])] == step[1]
            sent = sent[len(step[1]) :]
            continue
        words = step[1]
        if step is spoken[-1]:
            words = (words if last is None else last) + after
        for at in range(0, len(words), piece):
            sent += _next(dialogue, words[at : at + piece])
    assert sent == b""
    with pytest.raises(StopIteration):
        dialogue.send(None)


def _next(dialogue: Generator[bytes, bytes | None, None], received: bytes | None) -> bytes:
    try:
        return dialogue.send(received)
    except StopIteration:
        return b""


def _send_all(dialogue: Generator[bytes, bytes | None, None], pieces: list[bytes]) -> None:
    for piece in pieces:
        dialogue.send(piece)


def test_every_protocol_of_the_family_has_a_script() -> None:
    """Every member has a script, in the order of the family."""
    assert [protocol.id for protocol in starttls.PROTOCOLS] == [script.protocol for script in SCRIPTS]


@every_protocol
@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_a_server_that_follows_the_standard_agrees_to_tls(script: Script, piece: int) -> None:
    """The dialogue sends what the standard requires, however the server's words are split."""
    meet(script, piece=piece)


@every_protocol
def test_a_refusal_is_quoted(script: Script) -> None:
    """The error names the protocol and quotes the server's last words."""
    with pytest.raises(StartTLSError) as caught:
        meet(script, last=script.refusal)
    assert caught.value.protocol == script.protocol
    assert script.quoted in str(caught.value)
    assert caught.value.code == "starttls-failed"


@every_protocol
def test_bytes_behind_the_agreement_are_refused(script: Script) -> None:
    """Bytes that were injected before TLS (CVE-2011-0411, CVE-2021-23222) end the conversation and never enter TLS."""
    with pytest.raises(StartTLSError, match="after it had agreed to TLS") as caught:
        meet(script, after=b"\x16evil")
    assert b"evil" in caught.value.said


@every_protocol
def test_a_server_that_never_stops_talking_is_left(script: Script) -> None:
    """A greeting that exceeds the size limit ends the conversation, with or without line ends."""
    for rubbish in (b"x" * 1000, b"* x\r\n" * 200, b"220-x\r\n" * 200, b"\xff\xff\xff\x00" * 250):
        dialogue = starttls.find(script.protocol).converse("mail.test")
        dialogue.send(None)
        with pytest.raises(StartTLSError) as caught:
            _send_all(dialogue, [rubbish] * 1000)
        assert len(str(caught.value)) < 400


@every_protocol
def test_a_server_that_hangs_up_is_reported(script: Script) -> None:
    """If the server closes the connection in the middle, the dialogue raises StartTLSError."""
    dialogue = starttls.find(script.protocol).converse("mail.test")
    dialogue.send(None)
    with pytest.raises(StartTLSError, match="closed the connection before TLS"):
        dialogue.send(b"")


@every_protocol
def test_nonsense_ends_in_the_documented_error(script: Script) -> None:
    """Whichever byte of the server's words is damaged, the dialogue raises only StartTLSError."""
    for index, (who, words) in enumerate(script.steps):
        for at in range(len(words) if who == "says" else 0):
            broken = words[:at] + bytes([words[at] ^ 0xFF]) + words[at + 1 :]
            steps = (*script.steps[:index], (who, broken), *script.steps[index + 1 :])
            dialogue = starttls.find(script.protocol).converse("mail.test")
            try:
                dialogue.send(None)
                for step in steps:
                    if step[0] == "says":
                        dialogue.send(step[1])
                dialogue.send(b"")
            except (StartTLSError, StopIteration):
                pass


@pytest.mark.parametrize(
    ("protocol", "greeting", "quoted"),
    [
        ("imap", b"* PREAUTH welcome\r\n", "PREAUTH"),
        ("imap", b"* BYE busy\r\n", "BYE busy"),
        ("smtp", b"554 go away\r\n", "554 go away"),
        ("smtp", b"HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1 400"),
        ("mysql", mysql_packet(0, b"\xff\x69\x04Host is blocked"), "Host is blocked"),
        ("mysql", mysql_packet(0, b"\x098.4.0\0" + bytes(80)), "gave no valid greeting"),
    ],
)
def test_an_unfriendly_greeting_is_quoted(protocol: str, greeting: bytes, quoted: str) -> None:
    """The error also quotes a server that refuses in its greeting."""
    dialogue = starttls.find(protocol).converse("mail.test")
    dialogue.send(None)
    with pytest.raises(StartTLSError, match=r"refused|an error|authenticated|valid") as caught:
        dialogue.send(greeting)
    assert quoted in str(caught.value)


def test_xmpp_without_starttls_is_refused() -> None:
    """If the stream features lack starttls, the dialogue raises an error instead of asking for it all the same."""
    dialogue = starttls.find("xmpp").converse("mail.test")
    dialogue.send(None)
    with pytest.raises(StartTLSError, match="does not offer STARTTLS"):
        dialogue.send(b"<stream:stream><stream:features><mechanisms/></stream:features>")


def test_mysql_request_is_sent_on_its_own() -> None:
    """The request is sent in a write of its own, before any answer, so that no server reads TLS bytes with it."""
    dialogue = starttls.find("mysql").converse("mail.test")
    dialogue.send(None)
    assert isinstance(dialogue.send(BY_ID["mysql"].steps[0][1]), starttls.Flush)


def test_an_unknown_protocol_names_the_nearest() -> None:
    """The hint for a misspelt id names the right one."""
    with pytest.raises(StartTLSError, match="the STARTTLS protocol 'postgresq'") as caught:
        starttls.find("postgresq")
    assert caught.value.hint == "did you mean postgres?"
