"""
Counts of a collector, as a message of the log: values and their encoding.

A message is unauthenticated input of another machine, so it is bounded and validated before anything reads it.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from pinsmith.errors.report import BatchError

ID_BYTES: Final = 16
KEY_BYTES: Final = 16
"""Of a group, see `pinsmith.reports.group_key`."""

MAX_BYTES: Final = 900_000
"""Of an encoded batch, because brokers refuse messages of more than 1 MiB unless they are configured otherwise."""
MAX_ROWS: Final = 2_000
"""Of each kind in one batch."""
MAX_SAMPLES: Final = 5

_VERSION: Final = b"\x01"
_MAX_DAY: Final = 65_535  # in 2149, the last one of ClickHouse's type Date
_MAX_AT: Final = 10**16  # in 2286; DateTime64 ends in 2299
_MAX_BODY: Final = 256 * 1024

Text = Annotated[str, msgspec.Meta(max_length=512)]
Day = Annotated[int, msgspec.Meta(ge=0, le=_MAX_DAY)]


class Count(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """
    Reports of a group on one day, from one version of the app.

    Attributes:
        day: Since 1970, UTC.
        version: Of the app; empty if it is not known, and ``other`` for those that have no count of their own.
        platform: With its version; the same holds.
        reports: How many.
    """

    day: Day
    version: Text
    platform: Text
    reports: Annotated[int, msgspec.Meta(ge=1, le=2**62)]


class Network(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """
    A network that has sent reports of a group.

    Attributes:
        day: Since 1970, UTC.
        network: A truncated address.
    """

    day: Day
    network: Text


class Sample(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """
    A report as it came.

    Attributes:
        slot: Its number among the samples of the group in this batch.
        at: When it arrived, microseconds since 1970, UTC.
        body: JSON, without the id of the installation.
    """

    slot: Annotated[int, msgspec.Meta(ge=0, lt=MAX_SAMPLES)]
    at: Annotated[int, msgspec.Meta(ge=0, le=_MAX_AT)]
    body: Annotated[bytes, msgspec.Meta(max_length=_MAX_BODY)]


class Batch(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """
    The reports of one group that one collector has counted in one interval, or a part of them.

    A row is identified by `id`, the group and its dimensions, so it may be written any number of times, in any order
    and in any division into messages. The same row with another count is the same interval, and the greater count is
    the later one.

    Attributes:
        id: Random bytes, made when the collector began to count this interval.
        collector: The name of the collector, as a hint.
        key: Of the group.
        source: The key in the path that the first report was sent to; empty if there was none.
        host: Canonical; empty if the reports do not name it.
        app: The id of the app; empty if it is not known.
        format: The id of the format of the first report.
        reason: See `pinsmith.reports.Reason`.
        enforced: Whether clients refused the connection; None if that is not known.
        counts: At most `MAX_ROWS`.
        networks: At most `MAX_ROWS`.
        samples: At most `MAX_SAMPLES`.
    """

    id: Annotated[bytes, msgspec.Meta(min_length=ID_BYTES, max_length=ID_BYTES)]
    collector: Text
    key: Annotated[bytes, msgspec.Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]
    source: Text
    host: Text
    app: Text
    format: Text
    reason: Text
    enforced: bool | None
    counts: Annotated[tuple[Count, ...], msgspec.Meta(max_length=MAX_ROWS)] = ()
    networks: Annotated[tuple[Network, ...], msgspec.Meta(max_length=MAX_ROWS)] = ()
    samples: Annotated[tuple[Sample, ...], msgspec.Meta(max_length=MAX_SAMPLES)] = ()


_DECODER: Final = msgspec.msgpack.Decoder(Batch)


def encode_batch(batch: Batch) -> list[bytes]:
    """
    Write *batch* as messages, each of at most `MAX_BYTES`; one message unless the batch is large.

    Its rows may be more than those of one message: this is where they are divided.
    """
    rows = max(len(batch.counts), len(batch.networks))
    content = _VERSION + msgspec.msgpack.encode(batch)
    if rows <= MAX_ROWS and len(batch.samples) <= MAX_SAMPLES and len(content) <= MAX_BYTES:
        return [content]
    head, tail = _halves(batch)
    return [*encode_batch(head), *encode_batch(tail)]


def _halves(batch: Batch) -> tuple[Batch, Batch]:
    counts, networks, samples = (-(-len(rows) // 2) for rows in (batch.counts, batch.networks, batch.samples))
    return (
        msgspec.structs.replace(
            batch, counts=batch.counts[:counts], networks=batch.networks[:networks], samples=batch.samples[:samples]
        ),
        msgspec.structs.replace(
            batch, counts=batch.counts[counts:], networks=batch.networks[networks:], samples=batch.samples[samples:]
        ),
    )


def decode_batch(content: bytes) -> Batch:
    """
    Read a message.

    Raises:
        BatchError: If it is not a batch of a version that is known, or exceeds a limit.
    """
    if len(content) > MAX_BYTES:
        raise BatchError(f"it has {len(content)} bytes, but a batch has at most {MAX_BYTES}")
    if not content.startswith(_VERSION):
        raise BatchError(
            "it is not a batch of version 1",
            hint="update pinsmith where batches are consumed before you update the collectors",
        )
    try:
        return _DECODER.decode(content[len(_VERSION) :])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # The text of the fault may contain parts of the message.
        raise BatchError("it is damaged, or has a value that no collector sends") from None
