"""Retrieve with both engines, and require that nothing differs but the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.probe import Failed, fetch_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.probe import FetchOutcome, Target, Trust


def facts(outcome: FetchOutcome) -> tuple[object, ...]:
    """Return everything of an outcome except its engine; errors with their words."""
    if isinstance(outcome, Failed):
        error = outcome.error
        return type(error), str(error), error.hint, error.details, outcome.address
    return (
        outcome.address,
        outcome.tls_version,
        outcome.cipher,
        [certificate.der for certificate in outcome.presented],
        None if outcome.verified is None else [certificate.der for certificate in outcome.verified],
        outcome.distrust,
        outcome.demands_client_certificate,
    )


def agreed(
    targets: Sequence[Target], trust: Trust, *, teachers: Sequence[Target] = (), timeout_seconds: float = 20.0
) -> list[str | None]:
    """
    Retrieve *targets* with each engine, one after the other, and compare the outcomes.

    Args:
        targets: The hosts.

        trust: Which chains are trusted.

        teachers: Good hosts from which the engine rustls learns first; without any, all is left to OpenSSL.

        timeout_seconds: For each host.

    Returns:
        The engine of each outcome in the second round; None for a failure.
    """
    apart = list(fetch_many(targets, trust=trust, concurrency=1, waiting=0, timeout_seconds=timeout_seconds))
    every = fetch_many(
        [*teachers, *targets],
        trust=trust,
        concurrency=1,
        waiting=0,
        timeout_seconds=timeout_seconds,
        engine="rustls",
    )
    learned = list(every)
    for teacher in learned[: len(teachers)]:
        assert not isinstance(teacher, Failed)
        assert teacher.trusted
    together = learned[len(teachers) :]
    assert [facts(outcome) for outcome in together] == [facts(outcome) for outcome in apart]
    return [None if isinstance(outcome, Failed) else outcome.engine for outcome in together]
