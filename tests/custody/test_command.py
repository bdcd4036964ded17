"""A command that signs: what it prints is a signature of the public key, or nothing is recorded."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pinsmith.custody.command import of_command
from pinsmith.custody.signature import SchemeError, scheme_of, verify
from pinsmith.errors import MaterialError
from pinsmith.errors.custody import CustodyError
from pinsmith.policy import Key
from pinsmith.rotation.possession import prove
from tests.custody.programs import ECDSA, ProgramMaker, public_pem

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
P256, P384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)


@pytest.fixture
def program(tmp_path: Path) -> ProgramMaker:
    """Return what writes programs."""
    return ProgramMaker(tmp_path)


@pytest.mark.parametrize(
    ("private", "how", "printed", "scheme"),
    [
        (P256, ECDSA, "signature", "ecdsa-sha256"),
        (P256, ECDSA, "base64.encodebytes(signature)", "ecdsa-sha256"),
        (P384, "ec.ECDSA(hashes.SHA384())", "base64.b64encode(signature)", "ecdsa-sha384"),
        (RSA, "padding.PKCS1v15(), hashes.SHA256()", "signature", "rsa-pkcs1-sha256"),
        (RSA, "padding.PSS(padding.MGF1(hashes.SHA512()), 64), hashes.SHA512()", "signature", "rsa-pss-sha512"),
    ],
    ids=["bytes", "base64 with line ends", "P-384", "PKCS#1 v1.5", "PSS"],
)
def test_a_signature_is_taken_in_every_form_that_services_print(
    private: PrivateKeyTypes, how: str, printed: str, scheme: str, program: ProgramMaker
) -> None:
    """The scheme is that of the service, and the proof records it."""
    signer = of_command(program.signs(private, how, printed), public_pem(private), timeout_seconds=60)
    made = prove(Key("kms", signer.pin, "leaf"), signer, custody="", nonce=bytes(32), now=NOW)
    assert (signer.kind, made.scheme, made.fault()) == ("command", scheme, None)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("", "printed 0 bytes"),
        ("print('U2lnbmF0dXJl' * 8)", "not a signature"),
        ("print('error: access denied')", "not a signature"),
        ("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())", "not a signature"),
        ("import sys; sys.exit(3)", "exit code 3"),
        ("import os\nwhile True: os.write(1, b'x' * 4096)", "more than 64 KiB"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "was killed"),
    ],
    ids=["nothing", "base64 of words", "words", "its input", "failure", "no end", "killed"],
)
def test_anything_else_is_refused(code: str, why: str, program: ProgramMaker) -> None:
    """The message says how much was printed, and not what."""
    signer = of_command(program.write(code), public_pem(P256), timeout_seconds=60)
    with pytest.raises(CustodyError, match=why) as caught:
        signer.sign(b"message")
    assert "U2lnbmF0" not in str(caught.value)
    assert "access denied" not in str(caught.value)


RAW = (
    "b''.join(n.to_bytes({size}) for n in utils.decode_dss_signature(signature))",
    "base64.b64encode(b''.join(n.to_bytes({size}) for n in utils.decode_dss_signature(signature)))",
)


@pytest.mark.parametrize("printed", RAW, ids=["bytes", "base64"])
@pytest.mark.parametrize(("private", "size"), [(P256, 32), (P384, 48)], ids=["P-256", "P-384"])
def test_r_and_s_side_by_side_are_refused_by_name(
    private: PrivateKeyTypes, size: int, printed: str, program: ProgramMaker
) -> None:
    """The message says what was printed instead of DER, because the signature itself is right."""
    command = program.signs(private, ECDSA, printed.format(size=size))
    with pytest.raises(CustodyError, match="r and s side by side"):
        of_command(command, public_pem(private), timeout_seconds=60).sign(b"message")


def test_a_signature_by_another_key_is_refused(program: ProgramMaker) -> None:
    """The public key decides."""
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(CustodyError, match="not a signature of the public key"):
        of_command(program.signs(other, ECDSA), public_pem(P256), timeout_seconds=60).sign(b"message")


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows, which has no groups of processes")
@pytest.mark.parametrize("holds", ["output", "nothing"])
def test_a_command_that_hangs_is_ended_with_what_it_started(holds: str, program: ProgramMaker, tmp_path: Path) -> None:
    """Neither a child that holds the output nor a closed output keeps pinsmith waiting."""
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    close = "" if holds == "output" else "os.close(1)"
    code = f"""\
        import os, time
        alive = os.open({str(fifo)!r}, os.O_RDWR)
        {close}
        if {holds == "output"} and os.fork():
            os._exit(0)
        time.sleep(600)
    """
    with pytest.raises(CustodyError, match="did not end within"):
        of_command(program.write(code), public_pem(P256), timeout_seconds=1).sign(b"message")
    # Nobody has the pipe open any more, or it cannot be opened for writing without waiting.
    with pytest.raises(OSError, match="No such device"):
        os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)


@pytest.mark.parametrize(
    ("text", "why"), [("", "empty"), ("'", "cannot be read"), ("/nonexistent/program", "cannot be started")]
)
def test_what_is_no_command_is_refused(text: str, why: str) -> None:
    """No shell is started, so nothing else can be meant."""
    with pytest.raises(CustodyError, match=why):
        of_command(text, public_pem(P256), timeout_seconds=60).sign(b"message")


def test_the_public_key_is_one_key() -> None:
    """Two keys could each be meant."""
    with pytest.raises(MaterialError, match="2 different keys"):
        of_command("sign", public_pem(P256) + public_pem(P384), timeout_seconds=60)


def test_a_scheme_of_another_kind_of_key_does_not_fit() -> None:
    """A signature is never verified by a scheme of another kind of key."""
    spki = P256.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for scheme in ("rsa-pss-sha256", "ed25519", "ecdsa-md5", "sha256"):
        with pytest.raises(SchemeError):
            verify(spki, scheme, b"", b"")
    assert scheme_of(spki, b"", b"") is None
