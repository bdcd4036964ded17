"""
What a client keeps over restarts, in one file: the signed policy in force, those before it, and what was refused.

Nothing in it is believed because it is there. The policies are verified again with the root of the program
(`pinsmith.updates.trusted`). The lower bound of the time (`pinsmith.updates.clock`) counts up to the end of the signed
policy, and no removal is later than now. The digest in the first line finds damage only. A program that can write the
file can write another digest, too.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

from pinsmith import files
from pinsmith.errors.updates import BundleError
from pinsmith.limit import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

MAX_FORMER: Final = 16
MAX_STATE_BYTES: Final = 4 * MAX_BYTES
_MODE: Final = 0o600

_Moment = Annotated[datetime, Meta(tz=True)]


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signed policy: the metadata of the targets role, and the two files that it names, as they were received."""

    targets: str
    policy: str
    suspensions: str


class Replaced(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy that another one has replaced, and when. Without *kept*, it is the policy of the program."""

    moment: _Moment
    kept: Kept | None = None


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `pinsmith.updates.refusal.Refusal`."""

    code: str
    subject: str
    problem: str
    hint: str


class Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An update that was refused: the digest of its targets metadata, and why."""

    digest: str
    reasons: tuple[Reason, ...]


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that is kept."""

    version: Literal[1] = 1
    current: Kept | None = None
    former: tuple[Replaced, ...] = ()
    proven: _Moment | None = None
    refused: Refused | None = None


def read_state(path: Path) -> State | None:
    """
    Read the file; None if there is none.

    Raises:
        BundleError: If it is damaged.
        FileError: If it cannot be read.
    """
    with files.explained(str(path), "cannot be read"):
        if not path.exists():
            return None
    digest, _, content = files.read(path, most_bytes=MAX_STATE_BYTES).partition(b"\n")
    if digest != _digest(content):
        raise BundleError(f"{path} is damaged")
    try:
        return msgspec.json.decode(content, type=State)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"{path} is damaged, or of another release: {error}") from error


def write_state(path: Path, state: State) -> None:
    """
    Write the file, completely or not at all. Only its owner may read it.

    Raises:
        FileError: If it cannot be written.
    """
    content = msgspec.json.encode(state)
    files.write_atomically(path, _digest(content) + b"\n" + content, mode=_MODE)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
