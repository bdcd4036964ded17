"""The values of the queue: shards of hosts, leases of them, and results. No socket, no file, no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from pinsmith.errors.dispatch import DispatchError

T = TypeVar("T")

MAX_HOSTS: Final = 2_000
MAX_NAME_CHARACTERS: Final = 300  # a host of 253 characters and a port
MAX_SHARD_BYTES: Final = 1 << 20
MAX_RESULT_BYTES: Final = 64 << 20
MAX_NUMBER: Final = (1 << 31) - 1
_REASON_CHARACTERS: Final = 1_000
# Parts of the subjects of NATS, where a dot, a space, * or > would have a meaning.
_NAME: Final = re.compile(r"[a-z0-9-]{1,32}")


def require_name(text: str, kind: str) -> None:
    """
    Check the name of a run or of a vantage point.

    Args:
        text: The name.

        kind: The thing that it names, as the message shows it.

    Raises:
        DispatchError: If it is empty, too long, or has another character than a to z, 0 to 9 and -.
    """
    if not _NAME.fullmatch(text):
        hint = "use 1 to 32 of the characters a to z, 0 to 9 and -"
        raise DispatchError(f"{text[:40]!r} cannot be the name of a {kind}", hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """
    Hosts that one worker asks. A shard with the same run and number is the same shard.

    Attributes:
        run: The name of the run.
        number: Its number in the run, from 0.
        vantage: The name of the vantage point from which the hosts are asked.
        hosts: As the user named them, in order; 1 to 2,000.

    Raises:
        DispatchError: If an attribute is outside its limits.
    """

    run: str
    number: int
    vantage: str
    hosts: tuple[str, ...]

    def __post_init__(self) -> None:
        require_name(self.run, "run")
        require_name(self.vantage, "vantage point")
        if not 0 <= self.number <= MAX_NUMBER:
            raise DispatchError(f"a shard cannot have the number {self.number}")
        if not 1 <= len(self.hosts) <= MAX_HOSTS:
            raise DispatchError(f"a shard has 1 to {MAX_HOSTS} hosts, not {len(self.hosts)}")
        for host in self.hosts:
            if not 1 <= len(host) <= MAX_NAME_CHARACTERS or not host.isprintable():
                hint = f"write 1 to {MAX_NAME_CHARACTERS} printable characters"
                raise DispatchError(f"{host[:40]!r} cannot be a host of a shard", hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """
    A shard that one worker has for some time.

    Attributes:
        shard: The shard.
        token: Known only to the worker that has the lease.
        attempt: How often the shard was claimed, from 1.
    """

    shard: Shard
    token: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """
    What a worker found out.

    Attributes:
        run: The run of the shard.
        number: The number of the shard.
        vantage: From where the hosts were asked.
        answers: JSON for each host of the shard, in its order.
    """

    run: str
    number: int
    vantage: str
    answers: tuple[msgspec.Raw, ...]


def encode(value: Shard | Result) -> bytes:
    """
    Write a shard or a result as JSON.

    Raises:
        DispatchError: If it is too large.
    """
    encoded = msgspec.json.encode(value)
    _require_size(encoded, type(value))
    return encoded


def decode(encoded: bytes, kind: type[T]) -> T:
    """
    Read a shard or a result. The answers of a result are not examined.

    Raises:
        DispatchError: If it is too large, or is not what `encode` writes.
    """
    _require_size(encoded, kind)
    try:
        return msgspec.json.decode(encoded, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DispatchError(f"a {kind.__name__.lower()} cannot be read: {error}") from error


def require_whole(result: Result, shard: Shard) -> None:
    """
    Check that a result belongs to a shard and has an answer for each host.

    Raises:
        DispatchError: If it does not.
    """
    if (result.run, result.number, result.vantage) != (shard.run, shard.number, shard.vantage):
        raise DispatchError(f"the result of shard {shard.number} of run {shard.run} is that of another shard")
    if len(result.answers) != len(shard.hosts):
        raise DispatchError(
            f"the result of shard {shard.number} of run {shard.run} has {len(result.answers)} answers for "
            f"{len(shard.hosts)} hosts"
        )


def conflict(run: str, number: int) -> DispatchError:
    """Describe that a shard cannot be added."""
    hint = "name another run, or continue this one with the same hosts"
    return DispatchError(f"shard {number} of run {run} has other hosts already", hint=hint)


def spent(attempts: int) -> str:
    """Give the reason for a dead shard that nobody gave back."""
    return f"no worker finished it within its lease, the last time at attempt {attempts}"


def clean_reason(text: str) -> str:
    """Shorten a reason, and replace characters that an engine may not store: PostgreSQL stores no NUL."""
    return text[:_REASON_CHARACTERS].replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _require_size(encoded: bytes, kind: type) -> None:
    limit = MAX_SHARD_BYTES if kind is Shard else MAX_RESULT_BYTES
    if len(encoded) > limit:
        raise DispatchError(f"a {kind.__name__.lower()} has {len(encoded)} bytes, and the limit is {limit}")
