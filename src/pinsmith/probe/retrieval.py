"""The two calls of retrieval: one host, or as many as you like."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from pinsmith.probe.driver import Driver
from pinsmith.probe.result import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.probe.result import Engine, Fetched, FetchOutcome
    from pinsmith.probe.target import Target
    from pinsmith.probe.trust import Trust

_LANE: Final = 9
_SPARE_FILES: Final = 64


def fetch(target: Target, *, trust: Trust, timeout_seconds: float = 10.0) -> Fetched:
    """
    Retrieve the chain of one host by a full handshake.

    An untrusted, expired or misnamed chain is not an error: it is returned, with the reason in `Fetched.trust_error`.
    Nothing is compared with pins.

    Args:
        target: The host.

        trust: Which chains are trusted.

        timeout_seconds: For everything together.

    Raises:
        FetchError: If there is no chain to show; the class says at which step retrieval failed.
    """
    for outcome in fetch_many([target], trust=trust, timeout_seconds=timeout_seconds, concurrency=1, waiting=0):
        if isinstance(outcome, Failed):
            raise outcome.error
        return outcome
    raise AssertionError("fetch_many yielded nothing for its only target")


def fetch_many(
    targets: Iterable[Target],
    *,
    trust: Trust,
    timeout_seconds: float = 10.0,
    concurrency: int = 100,
    waiting: int | None = None,
    engine: Engine = "openssl",
) -> Iterator[FetchOutcome]:
    """
    Retrieve the chains of many hosts at once, as a stream.

    Targets are taken only when they can start, and outcomes are yielded as they come, so that memory does not grow with
    their number. Close the iterator to stop early. It works only while it is being iterated.

    Args:
        targets: Any number, also without end.

        trust: Which chains are trusted.

        timeout_seconds: For each host, everything together.

        concurrency: How many hosts are at work at once.

        waiting:
            How many hosts may be open besides, after half a second without coming to an end (longer where all hosts
            are slow), so that they do not hold up the others; nine times *concurrency* by default. 0 makes
            *concurrency* a hard limit. The number of files that the system lets a process open is respected.

        engine:
            The library that makes the handshakes. ``rustls`` is faster, and needs the extra ``pinsmith[rustls]``. It
            only accepts: OpenSSL is asked again about everything that it does not accept, and about the first host of
            every hierarchy.

    Returns:
        One `Fetched` or `Failed` for each target, in the order they finish.

    Raises:
        UsageError: If *engine* is not installed.
        ValueError: If *concurrency* is less than 1, or *waiting* or *timeout_seconds* is negative.
    """
    if concurrency < 1 or timeout_seconds < 0 or (waiting is not None and waiting < 0):
        raise ValueError("concurrency must be at least 1, waiting and timeout_seconds must not be negative")
    most = max(_most_files() - _SPARE_FILES, 1)
    window = min(concurrency, most)
    lane = min(_LANE * concurrency if waiting is None else waiting, most - window)
    rustls = None
    if engine == "rustls":
        from pinsmith.probe.rustls import Rustls

        rustls = Rustls()
    return Driver(trust, timeout_seconds=timeout_seconds, window=window, lane=lane, rustls=rustls).run(targets)


def _most_files() -> int:
    if sys.platform == "win32":
        return 512  # what select() takes there
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
