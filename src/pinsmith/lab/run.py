"""Try one client in many scenarios, several at a time."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from pinsmith.errors import LabBrokenError
from pinsmith.lab.call import unmet
from pinsmith.lab.pki.lab_pki import PKICache
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.servers.dual_stack import has_ipv6, meets_both
from pinsmith.lab.trial import Trial, try_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pinsmith.lab.call import Call
    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.process.stop import Stop
    from pinsmith.lab.scenario import Application, Need, Profile, Scenario
    from pinsmith.lab.trial import Ended

_NEEDS: Final[dict[Need, str]] = {
    "policy": "it needs {policy}, because pins alone cannot express it",
    "two-pins": "it needs a second pin: {backup-pin}, {pins}, {pins-curl} or {policy}",
    "address": "it needs {address} or {proxy}, because not every resolver knows its host",
    "proxy": "it needs {proxy}",
    "state": "it needs {state}",
    "ipv6": "it needs {proxy}, or arguments without {address} and a resolver that also returns ::1 for the host",
    "h2": "it needs pinsmith[lab]",
    "pyopenssl": "it needs pinsmith[lab]",
}
LEFT_OUT: Final = "it was left out with --skip"
"""The reason of trials that somebody did not want, although the client may fail them."""
_MODULES: Final[dict[Need, str]] = {"h2": "h2", "pyopenssl": "OpenSSL"}


@dataclass(frozen=True, slots=True)
class Plan:
    """
    The trials of a run.

    Attributes:
        trials: Scenarios and types of key, in order.
        skipped: Trials that do not apply to this client, with the reasons.
    """

    trials: tuple[tuple[Scenario, KeyKind], ...]
    skipped: tuple[Trial, ...]


def plan(
    *,
    profile: Profile = "chain",
    protocol: Application = "https",
    used: frozenset[str] = frozenset(),
    chosen: Sequence[Scenario] = (),
    left_out: Sequence[Scenario] = (),
    keys: Sequence[KeyKind] = (),
    among: Sequence[Scenario] = SCENARIOS,
) -> Plan:
    """
    Select the scenarios that judge a client.

    Args:
        profile: The keys that the client compares with its pins.

        protocol: The protocol that the client speaks.

        used: The placeholders in its command line; empty if it reads the environment.

        chosen: Only these scenarios, even if the client lacks values that they need.

        left_out: None of these scenarios. They are skipped, and the reason says that somebody wanted it so.

        keys: Only these types of key; by default all types of every scenario.

        among: The scenarios to select from.
    """
    trials: list[tuple[Scenario, KeyKind]] = []
    skipped: list[Trial] = []
    for scenario in chosen or among:
        if not chosen and scenario.protocol != protocol:
            continue
        reason = _impossible(scenario) or (None if chosen else _inapplicable(scenario, profile, used))
        kinds = [kind for kind in scenario.keys if not keys or kind in keys]
        if not kinds and chosen:
            kinds, reason = list(scenario.keys[:1]), f"it is only for the keys {', '.join(scenario.keys)}"
        if scenario in left_out:
            reason = LEFT_OUT
        for kind in kinds:
            if reason is None:
                trials.append((scenario, kind))
            else:
                skipped.append(Trial(scenario, kind, "skipped", None, reason))
    return Plan(tuple(trials), tuple(skipped))


def _inapplicable(scenario: Scenario, profile: Profile, used: frozenset[str]) -> str | None:
    if profile not in scenario.profiles:
        return f"it is not for the profile {profile}"
    if "ipv6" in scenario.needs and not meets_both(used):
        return _NEEDS["ipv6"]
    need = unmet(scenario.needs, used)
    return _NEEDS[need] if need is not None else None


def _impossible(scenario: Scenario) -> str | None:
    if "ipv6" in scenario.needs and not has_ipv6():
        return "this machine has no ::1"
    return missing_library(scenario)


def missing_library(scenario: Scenario) -> str | None:
    """Name the extra that *scenario* needs and that is not installed; None if nothing is missing."""
    missing = (need for need, module in _MODULES.items() if need in scenario.needs and find_spec(module) is None)
    need = next(missing, None)
    return _NEEDS[need] if need is not None else None


def run(
    client: Callable[[Call], Ended],
    planned: Plan,
    *,
    pkis: PKICache | None = None,
    at_once: int | None = None,
    stop: Stop | None = None,
    done: Sequence[Trial] = (),
) -> Iterator[Trial]:
    """
    Try *client* in all *planned* trials, and yield the results in that order.

    Trials of slow scenarios start first, so that the others run while the client waits. They do not have a shorter time
    limit, because a client that gives up late is correct.

    Args:
        client: Called from several threads at once.

        planned: See `plan`.

        pkis: Keys to reuse; new ones by default.

        at_once: How many clients run at a time; twice the number of processors by default.

        stop: Set if the run is abandoned, so that running clients can be ended.

        done: Results of earlier runs, which are not tried again.

    Raises:
        LabError: if the client cannot be tried, or if the lab failed.
    """
    known = {(trial.scenario, trial.key): trial for trial in done}
    made = pkis or PKICache()
    pool = ThreadPoolExecutor(at_once or 2 * (os.cpu_count() or 1))
    try:
        trials = planned.trials
        # If clients run one at a time, an early start would only delay the first line of the report.
        starts = sorted(range(len(trials)), key=lambda at: at_once == 1 or not trials[at][0].slow)
        under_way = {at: pool.submit(_try, client, *trials[at], made) for at in starts if trials[at] not in known}
        for at, planned_trial in enumerate(trials):
            yield under_way[at].result() if at in under_way else known[planned_trial]
    except BaseException:
        if stop is not None:
            stop.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _try(client: Callable[[Call], Ended], scenario: Scenario, kind: KeyKind, pkis: PKICache) -> Trial:
    try:
        return try_client(client, scenario, pkis.of(kind))
    except (ExceptionGroup, OSError) as broken:
        first = broken.exceptions[0] if isinstance(broken, ExceptionGroup) else broken
        raise LabBrokenError(f"the lab failed at {scenario.id} ({kind}): {first!r}") from broken
