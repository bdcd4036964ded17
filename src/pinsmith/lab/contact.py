"""Find out whether a client connects at all, before it is judged."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from pinsmith.errors import LabError
from pinsmith.lab.call import fill
from pinsmith.lab.process.redact import redact_command
from pinsmith.lab.run import Plan, run
from pinsmith.lab.trial import Trial
from pinsmith.lab.verdict import is_fine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.lab.client import CommandClient
    from pinsmith.lab.pki.lab_pki import PKICache

_REACHES: Final = frozenset({"url", "port", "proxy"})


def meet(client: CommandClient, planned: Plan, *, pkis: PKICache, at_once: int | None = None) -> list[Trial]:
    """
    Try *client* with a good server. If it does not connect, try it once more for each kind of need.

    A client may connect only through a proxy, for example, or only to certain hosts. Such a client is not absent.

    Args:
        client: The program.

        planned: At least one trial.

        pkis: The keys of the run.

        at_once: As in `pinsmith.lab.run.run`.

    Returns:
        The trials so far. `is_absent` says whether the client connected in one of them.

    Raises:
        LabError: if the client cannot be tried, or if the lab failed.
    """
    best = sorted(planned.trials, key=lambda trial: (trial[0].expected != "accept", trial[0].slow))
    by_needs = {scenario.needs: (scenario, kind) for scenario, kind in reversed(best)}
    first = best[0]
    del by_needs[first[0].needs]
    others = tuple(trial for trial in best if trial in by_needs.values())
    tried = list(run(client, Plan((first,), ()), pkis=pkis, at_once=1, stop=client.stop))
    if is_absent(tried):
        tried += run(client, Plan(others, ()), pkis=pkis, at_once=at_once, stop=client.stop)
    return tried


def is_absent(tried: Sequence[Trial]) -> bool:
    """
    Say whether the client connected in none of the trials, so that nothing is known about it.

    A client that may stay away from all of them, because it refuses such names, is not absent.
    """
    return not any(trial.connected for trial in tried) and not all(map(is_fine, tried))


def left_out(planned: Plan, tried: Sequence[Trial]) -> list[Trial]:
    """Describe the trials of *planned* that an absent client was spared."""
    done = {(trial.scenario, trial.key) for trial in tried}
    reason = "it was not tried, because the client never connected in the first trials"
    return [Trial(*trial, "skipped", None, reason) for trial in planned.trials if trial not in done]


def absence(client: CommandClient, tried: Sequence[Trial]) -> LabError:
    """Describe what was run and how it ended, without likely secrets, and what the command must contain."""
    call, ended = tried[0].call, tried[0].ended
    assert call is not None  # noqa: S101 - it was tried
    assert ended is not None  # noqa: S101 - it was tried
    details = [
        f"command: {shlex.join(redact_command(fill(client.arguments, call.values)))}",
        f"result:  {ended.words.removesuffix(f': {ended.printed}')}",
        f"output:  {ended.printed or 'nothing'}",
        f"tried:   {', '.join(trial.scenario.id for trial in tried)}",
    ]
    hint = (
        "the command must contain {url}, or {host} and {port}; or the program must read PINSMITH_LAB_URL, or "
        "PINSMITH_LAB_HOST and PINSMITH_LAB_PORT, from its environment"
    )
    if client.used & _REACHES:
        hint = "the output may explain why the program does not connect to the server in its command"
    if ended.well is None:
        hint += f"; if it takes longer than {client.timeout_seconds:g} s to start, pass a longer `--timeout`"
    return LabError(
        f"{client.arguments[0]} never connected to {call.host}:{call.port}, so the lab cannot judge it",
        details=details,
        hint=hint,
    )
