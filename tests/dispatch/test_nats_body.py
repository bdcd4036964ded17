"""Bodies that are compressed and divided, and what is damaged or hostile."""

from __future__ import annotations

import random
import zlib

import pytest

from pinsmith.dispatch.nats_body import join, pack, part_bytes, parts_of, require_room
from pinsmith.dispatch.shard import MAX_RESULT_BYTES
from pinsmith.errors.dispatch import DispatchError

LIMIT = 1_000
RANDOM = random.Random(7).randbytes(5 * LIMIT)  # noqa: S311


@pytest.mark.parametrize("body", [b"", b"a", b"a" * 100 * LIMIT, RANDOM[: LIMIT - 20], RANDOM[:LIMIT], RANDOM])
def test_a_body_comes_back(body: bytes) -> None:
    """No message is longer than the limit, and what fits into one is not divided."""
    message, parts = pack(body, LIMIT)
    assert join(message, parts) == body
    assert max(map(len, [message, *parts])) <= LIMIT
    assert bool(parts) == (len(zlib.compress(body, 1)) >= LIMIT)
    named = parts_of(message)
    assert (named.total if named is not None else 0) == len(parts)


def test_parts_fit_into_the_messages_that_the_server_takes() -> None:
    """Headers need some of the room."""
    assert part_bytes(1 << 20) == 512 << 10
    assert part_bytes(64 << 10) == (64 << 10) - 2_048


@pytest.mark.parametrize(
    "message",
    [b"", b"x", b"p", b"p1", b"p1 abc", b"p-1 " + b"a" * 64, b"p" + b"9" * 99 + b" " + b"a" * 64, b"p1 " + b"." * 64],
)
def test_a_message_that_is_not_one_of_ours_is_refused(message: bytes) -> None:
    """A part is a token of a subject, where other characters would have a meaning."""
    with pytest.raises(DispatchError, match="cannot be read"):
        parts_of(message)


def test_damaged_bodies_are_refused() -> None:
    """Cut off, not compressed, or with parts that belong to another body."""
    message, parts = pack(RANDOM, LIMIT)
    with pytest.raises(DispatchError, match="do not belong together"):
        join(message, parts[::-1])
    with pytest.raises(DispatchError, match="cannot be decompressed"):
        join(b"z" + RANDOM, [])
    with pytest.raises(DispatchError, match="is cut off"):
        join(pack(b"a" * LIMIT, LIMIT)[0][:-1], [])


def test_a_short_message_cannot_fill_the_memory() -> None:
    """The body is cut off just behind the limit, which `decode` then reports."""
    message, _ = pack(b" " * (MAX_RESULT_BYTES * 2), 1 << 20)
    assert len(message) < 1 << 20
    assert len(join(message, [])) == MAX_RESULT_BYTES + 1
    with pytest.raises(DispatchError, match="the parts of a result have more than"):
        require_room(MAX_RESULT_BYTES * 2)
