"""Batches of counts: what is written is read, large ones are divided, and hostile messages are refused."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, strategies as st

from pinsmith.errors.report import BatchError
from pinsmith.stream import batch as module
from pinsmith.stream.batch import Batch, Count, Network, Sample, decode_batch, encode_batch

EMPTY = Batch(
    id=bytes(16),
    collector="fra1",
    key=bytes(range(16)),
    source="",
    host="api.example.com",
    app="com.example.app",
    format="event",
    reason="no-pinned-key",
    enforced=True,
)
_TEXTS = st.text(max_size=20)
_DAYS = st.integers(0, 65_535)
BATCHES = st.builds(
    Batch,
    id=st.binary(min_size=16, max_size=16),
    collector=_TEXTS,
    key=st.binary(min_size=16, max_size=16),
    source=_TEXTS,
    host=_TEXTS,
    app=_TEXTS,
    format=_TEXTS,
    reason=_TEXTS,
    enforced=st.none() | st.booleans(),
    counts=st.lists(st.builds(Count, _DAYS, _TEXTS, _TEXTS, st.integers(1, 2**62)), max_size=5).map(tuple),
    networks=st.lists(st.builds(Network, _DAYS, _TEXTS), max_size=5).map(tuple),
    samples=st.lists(st.builds(Sample, st.integers(0, 4), st.integers(0, 10**16), st.binary()), max_size=5).map(tuple),
)


@given(BATCHES)
def test_a_batch_is_read_as_it_was_written(batch: Batch) -> None:
    """Printing and parsing are inverse."""
    (content,) = encode_batch(batch)
    assert decode_batch(content) == batch


@given(st.binary(max_size=200), BATCHES, st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_damage_is_refused_or_gives_a_batch_within_the_limits(
    noise: bytes, batch: Batch, place: int, change: bytes
) -> None:
    """No message raises anything but the one error, and what is read can be written again."""
    (content,) = encode_batch(batch)
    place %= len(content)
    for hostile in (noise, b"\x01" + noise, content[:place] + change + content[place + len(change) :]):
        try:
            read = decode_batch(hostile)
        except BatchError:
            continue
        assert encode_batch(read)


def test_a_large_batch_is_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages have at most the rows and bytes that a reader takes, and together they contain every row once."""
    monkeypatch.setattr(module, "MAX_BYTES", 100_000)
    counts = tuple(Count(1, f"{number}", "android 14", number + 1) for number in range(5_000))
    networks = tuple(Network(1, f"{number}") for number in range(3))
    samples = tuple(Sample(number, number, bytes(60_000)) for number in range(5))
    whole = msgspec.structs.replace(EMPTY, counts=counts, networks=networks, samples=samples)
    messages = encode_batch(whole)
    assert max(map(len, messages)) <= 100_000
    parts = [decode_batch(message) for message in messages]
    assert tuple(row for part in parts for row in part.counts) == counts
    assert tuple(row for part in parts for row in part.networks) == networks
    assert tuple(row for part in parts for row in part.samples) == samples
    assert {msgspec.structs.replace(part, counts=(), networks=(), samples=()) for part in parts} == {EMPTY}


def _with(**values: object) -> bytes:
    """Write a batch as a collector that does not keep to the limits would."""
    return b"\x01" + msgspec.msgpack.encode(msgspec.structs.replace(EMPTY, **values))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x01",
        b"\x02" + encode_batch(EMPTY)[0][1:],
        encode_batch(EMPTY)[0] + b"\x00",
        encode_batch(EMPTY)[0][:-1],
        _with(samples=tuple(Sample(number, 1, bytes(250_000)) for number in range(4))),
        b"\x01" + b"\x91" * 100_000,
        _with(id=bytes(15)),
        _with(key=bytes(17)),
        _with(host="x" * 513),
        _with(counts=(Count(1, "", "", 0),)),
        _with(counts=(Count(65_536, "", "", 1),)),
        _with(counts=(Count(1, "", "", 2**62 + 1),)),
        _with(counts=(Count(1, "", "", 1),) * 2_001),
        _with(networks=(Network(-1, ""),)),
        _with(samples=(Sample(5, 1, b""),)),
        _with(samples=(Sample(0, -1, b""),)),
        _with(samples=(Sample(0, 1, bytes(256 * 1024 + 1)),)),
        _with(samples=(Sample(0, 1, b""),) * 6),
    ],
    ids=[
        "nothing",
        "only a version",
        "another version",
        "a byte too much",
        "a byte too few",
        "too many bytes",
        "nested without end",
        "a short id",
        "a long key",
        "a long host",
        "no reports",
        "a day after the last one",
        "more reports than a number holds",
        "too many rows",
        "a day before 1970",
        "a sample without a slot",
        "a time before 1970",
        "a body that the intake would refuse",
        "too many samples",
    ],
)
def test_a_message_beyond_the_limits_is_refused(content: bytes) -> None:
    """It is refused with an error that repeats no part of it."""
    with pytest.raises(BatchError) as caught:
        decode_batch(content)
    assert "xxx" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_error_says_what_to_do_about_another_version() -> None:
    """Collectors that are newer than the consumer are the one fault that an operator can cause."""
    with pytest.raises(BatchError, match=r"^it is not a batch of version 1$") as caught:
        decode_batch(b"\x02")
    assert caught.value.hint == "update pinsmith where batches are consumed before you update the collectors"
