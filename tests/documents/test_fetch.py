"""The document of `pinsmith fetch` is the same whether written host by host or at once."""

from __future__ import annotations

import tracemalloc

import pytest

from pinsmith.documents.document import encode
from pinsmith.documents.fetch import FetchDocument, FetchStream, HostOut, refused_out
from pinsmith.errors import HostError


def _host(number: int) -> HostOut:
    return refused_out(f"not a host {number}\n[]", HostError("it contains a space", hint="quote the name"))


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_the_pieces_are_the_document(count: int) -> None:
    """The pieces, joined by line ends, are the document that `encode` writes."""
    hosts = [_host(number) for number in range(count)]
    stream = FetchStream()
    pieces = [*map(stream.add, hosts), stream.finish()]
    assert b"\n".join(pieces) == encode(FetchDocument(hosts=hosts))


def test_hosts_are_not_kept() -> None:
    """The memory of a stream does not grow with the number of hosts."""
    stream = FetchStream()
    stream.add(_host(0))
    tracemalloc.start()
    try:
        for number in range(1, 2_000):
            stream.add(_host(number))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 10_000
