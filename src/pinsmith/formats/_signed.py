"""Files that clients accept because of one signature: how long they are valid, and when they are signed anew."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportError
from pinsmith.formats._format import OutputOption

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.formats._format import Export, Signature

MAX_DAYS: Final = 90
"""The longest time for which a file is valid, and for which an attacker can replay a copy of it."""

KEY: Final = "signing-key"
EXPIRES: Final = OutputOption(
    "expires",
    f"the day on which clients begin to refuse the file, such as 2031-05-01; required, at most {MAX_DAYS} days ahead",
)
RENEWAL: Final = (
    "It is signed anew when its pins or `expires` change, and otherwise stays as it is. If `signing-key` names the "
    "public key, pass the private key with `--signing-key` or `--signing-command`; `sync --check` verifies the "
    "existing signature and needs no private key."
)
"""A remark about such a format."""

STRONGER: Final = (
    "The command `bundle` of pinsmith writes signed updates on TUF, which withstand these attacks. Prefer it where you "
    "choose the client."
)
"""The last of the limits of such a format."""

_SCHEMES: Final[dict[Signature, str]] = {"EC P-256": "ecdsa-sha256", "Ed25519": "ed25519"}
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def key_option(signature: Signature) -> OutputOption:
    """Return the option that names the key."""
    return OutputOption(
        KEY, f"the PEM file of the {signature} key that signs, or of its public key alone (see below); required"
    )


@dataclass(frozen=True, slots=True)
class Signed:
    """
    A message and its signature.

    Attributes:
        message: The bytes that are signed.
        signature: As `Export.sign` returns it.
        issued: The time of the signature according to the message, UTC, in whole seconds.
    """

    message: bytes
    signature: bytes
    issued: datetime


def write(
    export: Export,
    format_id: str,
    kind: Signature,
    kept: Signed | None,
    make: Callable[[datetime, datetime], bytes],
) -> Signed:
    """
    Return the signed message, which is *kept* while its signature is valid and it says what it should.

    Args:
        export: The export, with the key and the time.

        format_id: The id of the format.

        kind: The algorithm of the key.

        kept: What the existing file contains; None if there is none, or nothing that could be signed.

        make: Makes the message, of the time of the signature and the time from which clients refuse it.

    Raises:
        ExportError: If it must be signed and there is no private key, if the key or the expiry is missing, if the
            expiry is past or too far, or if the clock was set back.
    """
    if export.public_key is None:
        raise ExportError(
            f"{format_id} needs a key that signs",
            hint=f"set {KEY} to the PEM file of its {kind} private key, or of its public key if it is kept elsewhere",
        )
    if export.now is None:
        raise ExportError(f"{format_id} contains the time of its signature, so the time is needed")
    now = export.now.astimezone(UTC).replace(microsecond=0)
    expires = _expiry(export, format_id, now)
    if kept is not None and not is_signed(kept.message, kept.signature, export.public_key, kind):
        kept = None
    if kept is not None and kept.issued > now:
        raise ExportError(
            f"the existing file was signed at {kept.issued:%Y-%m-%d %H:%M:%S} UTC, which is later than now",
            hint="correct the clock of this machine; clients refuse a file that looks older than the one they have",
        )
    if kept is not None and kept.message == make(kept.issued, expires):
        return kept
    if export.sign is None:
        reason = "its content changes" if kept is not None else f"it has no valid signature of the {KEY}"
        raise ExportError(
            f"the file must be signed, because {reason}, but {KEY} names only the public key",
            hint="pass the private key with --signing-key, or the command that signs with --signing-command",
        )
    message = make(now, expires)
    return Signed(message, export.sign(message), now)


def is_signed(message: bytes, signature: bytes, public_key: bytes, kind: Signature) -> bool:
    """Return whether *signature* is one of a public key, DER SubjectPublicKeyInfo, over *message*."""
    from cryptography.exceptions import InvalidSignature

    from pinsmith.custody.signature import SchemeError, verify

    try:
        verify(public_key, _SCHEMES[kind], signature, message)
    except (InvalidSignature, SchemeError):
        return False
    return True


def _expiry(export: Export, format_id: str, now: datetime) -> datetime:
    """Return the beginning of the day of the option, or raise if that is past or too far."""
    written, latest = str(export.options[EXPIRES.name]), (now + timedelta(days=MAX_DAYS)).date()
    hint = f"set {EXPIRES.name} to a day until {latest}, and write the file again before that day"
    if not written:
        raise ExportError(f"{format_id} needs the option {EXPIRES.name!r}", hint=hint)
    try:
        day = date.fromisoformat(written) if _DAY.fullmatch(written) else None
    except ValueError:
        day = None
    if day is None:
        raise ExportError(
            f"the option {EXPIRES.name!r} of {format_id} is {written!r}, but must be a day such as 2031-05-01",
            hint=hint,
        )
    if day <= now.date():
        raise ExportError(f"clients would refuse the file, because it expires on {day}", hint=hint)
    if day > latest:
        raise ExportError(
            f"the file would expire on {day}, which is more than {MAX_DAYS} days ahead, and until then anybody who has "
            "a copy could replay it",
            hint=hint,
        )
    return datetime.combine(day, time(), UTC)
