"""Make the digests that are due, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.documents.digest import digest_out
from pinsmith.documents.watched import watched_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pinsmith.monitor.outcome import Service
    from pinsmith.service.settings import Channel
    from pinsmith.store import Store


async def make_digests(
    store: Store,
    channels: Sequence[Channel],
    *,
    vantage: str,
    is_watched: Callable[[Service], object],
    problems: Sequence[str],
    now: datetime,
) -> None:
    """
    Store the digests that are due; they are delivered as alerts are.

    The first time, a channel gets none, because nothing is known of the time before.

    Args:
        store: Open.

        channels: With and without digests.

        vantage: The name of this place.

        is_watched: Whether a service still belongs to a pin file; others are left out.

        problems: Of the round that has just ended.

        now: Aware.
    """
    for channel in channels:
        digest = channel.collects
        if digest is None:
            continue
        at, since = digest.calendar.last(now), await store.digests.last(channel.name)
        if since is not None and at <= since:
            continue
        made = None
        if since is not None:
            hosts = [state for state in await store.states(vantage) if is_watched(state.service)]
            made = digest_out(
                [watched_out(host.service, host.vantage, host.memory, host.reasons, host.asked) for host in hosts],
                [alert for alert in await store.digests.alerts(since, at) if channel.wants(alert)],
                since=since,
                at=at,
                vantage=vantage,
                reports=await store.reports.classes(since=since),
                undelivered=await store.undelivered(),
                problems=problems,
            )
        is_said = made is not None and (digest.always or not made.is_empty)
        await store.digests.put(channel.name, at, made if is_said else None, digest.contains)
