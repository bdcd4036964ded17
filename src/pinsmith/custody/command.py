"""
A command that signs, such as the client of a key management service.

It gets the message at its standard input, and prints the signature: as bytes, or in base64.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from pinsmith.custody.signature import scheme_of
from pinsmith.custody.signer import Signer
from pinsmith.errors import MaterialError
from pinsmith.errors.custody import CustodyError
from pinsmith.material import read_material

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_BYTES: Final = 64 * 1024
_MAX_COORDINATE: Final = 66  # bytes, of P-521
_TRY: Final = "run the command by hand, and see what it prints"


def of_command(text: str, public: bytes, *, timeout_seconds: float) -> Signer:
    """
    Sign with a command; it is not run yet.

    Args:
        text: The program and its arguments, quoted as for a shell, which is not started.

        public: The public key, or a certificate or request of it, PEM or DER.

        timeout_seconds: After this time, the command is ended, and with it all that it started.

    Raises:
        CustodyError: If *text* is not a command.
        MaterialError: If *public* is not one key.
    """
    words = words_of(text)
    keys = {material.spki for material in read_material(public)}
    if len(keys) > 1:
        raise MaterialError(
            f"the file contains {len(keys)} different keys", hint="pass the public key of the command alone"
        )
    (spki,) = keys

    def signed(message: bytes) -> bytes:
        return _signature_in(_run(words, message, timeout_seconds), spki, message, words[0])

    return Signer("command", spki, signed)


def words_of(text: str) -> list[str]:
    """
    Split a command into words, as a shell does.

    Raises:
        CustodyError: If it is not a command.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise CustodyError(f"--command {text!r} cannot be read: {error}", hint="close the quotes") from error
    if not words:
        raise CustodyError("--command is empty", hint="name the program that signs, and its arguments")
    return words


def _signature_in(printed: bytes, spki: bytes, message: bytes, name: str) -> bytes:
    """Return the signature that a command has printed; what it printed is shown to nobody."""
    candidates = [printed]
    with contextlib.suppress(binascii.Error, ValueError):
        candidates.append(base64.b64decode(b"".join(printed.split()), validate=True))
    for candidate in candidates:
        if candidate and scheme_of(spki, candidate, message) is not None:
            return candidate
    if any(scheme_of(spki, der, message) is not None for der in map(_as_der, candidates) if der):
        raise CustodyError(
            f"{name} printed a signature as r and s side by side, but requests and certificates need DER",
            hint="encode it as DER, as `openssl pkeyutl -sign` and the services do; JOSE and PKCS#11 do not",
        )
    raise CustodyError(
        f"{name} printed {len(printed)} bytes, which are not a signature of the public key over its input",
        hint="the command must sign the whole input, hashed once, and print the signature as bytes or in base64; "
        "for keys of EC as DER",
    )


def _as_der(raw: bytes) -> bytes | None:
    """Encode r and s, which stand side by side in *raw*, as DER; None if *raw* is too long for that."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    half = len(raw) // 2
    if not 0 < half <= _MAX_COORDINATE or len(raw) % 2:
        return None
    return encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))


def _run(words: Sequence[str], message: bytes, timeout_seconds: float) -> bytes:
    """Return what a command prints. Its standard error is that of pinsmith, so it may say what is wrong."""
    name, deadline = words[0], time.monotonic() + timeout_seconds
    try:
        process = subprocess.Popen(  # noqa: S603 - the user named the program
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
        )
    except OSError as error:
        raise CustodyError(f"{name} cannot be started: {error.strerror}", hint="name a program, or its path") from error
    late = threading.Event()

    def give_up() -> None:
        late.set()
        _end(process)

    # The process is not awaited while the timer runs, so its number belongs to no other process.
    timer = threading.Timer(timeout_seconds, give_up)
    with process:
        try:
            timer.start()
            printed = _exchange(process, message)
            timer.cancel()
            timer.join()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()) if len(printed) <= _MOST_BYTES else 0)
        finally:
            timer.cancel()
            timer.join()
            if process.returncode is None:
                _end(process)
    if len(printed) > _MOST_BYTES:
        raise CustodyError(f"{name} printed more than {_MOST_BYTES // 1024} KiB, which is not a signature", hint=_TRY)
    if late.is_set() or process.returncode < 0:
        raise CustodyError(
            f"{name} did not end within {timeout_seconds:g} s, or was killed", hint="allow more time with --timeout"
        )
    if process.returncode:
        raise CustodyError(f"{name} ended with exit code {process.returncode}", hint=_TRY)
    return printed


def _exchange(process: subprocess.Popen[bytes], message: bytes) -> bytes:
    """Write *message*, and return what the process prints until it ends its output, or has printed too much."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError  # for the type checker: both are pipes
    with contextlib.suppress(BrokenPipeError), process.stdin:  # it may end without reading, and say why
        process.stdin.write(message)
    printed = bytearray()
    while len(printed) <= _MOST_BYTES and (part := process.stdout.read(_MOST_BYTES)):
        printed += part
    return bytes(printed)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that was not awaited yet, and those that it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
