"""One client in many scenarios, some at a time."""

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
    "policy": "it needs {policy}: pins alone cannot say this",
    "two-pins": "it needs a second pin: {backup-pin}, {pins}, {pins-curl} or {policy}",
    "address": "it needs {address} or {proxy}: not every resolver knows its host",
    "proxy": "it needs {proxy}",
    "state": "it needs {state}",
    "ipv6": "it needs {proxy}, or a resolver that knows the host by ::1 too and no {address}",
    "h2": "it needs pinsmith[lab]",
    "pyopenssl": "it needs pinsmith[lab]",
}
_MODULES: Final[dict[Need, str]] = {"h2": "h2", "pyopenssl": "OpenSSL"}


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What is to be tried.

    Attributes:
        trials: Scenario and kind of key, in order.
        skipped: What does not apply to this client, and why.
    """

    trials: tuple[tuple[Scenario, KeyKind], ...]
    skipped: tuple[Trial, ...]


def plan(
    *,
    profile: Profile = "chain",
    protocol: Application = "https",
    used: frozenset[str] = frozenset(),
    chosen: Sequence[Scenario] = (),
    keys: Sequence[KeyKind] = (),
    among: Sequence[Scenario] = SCENARIOS,
) -> Plan:
    """
    Say which scenarios judge a client.

    Args:
        profile: What the client compares with its pins.

        protocol: What it speaks.

        used: The placeholders that its command line names; empty if it reads the environment.

        chosen: Nothing but these, whatever the client must be told for them.

        keys: Nothing but these kinds of key; all of each scenario by default.

        among: The family.
    """
    trials: list[tuple[Scenario, KeyKind]] = []
    skipped: list[Trial] = []
    for scenario in chosen or among:
        if not chosen and scenario.protocol != protocol:
            continue
        reason = _impossible(scenario) or (None if chosen else _inapplicable(scenario, profile, used))
        kinds = [each for each in scenario.keys if not keys or each in keys]
        if not kinds and chosen:
            kinds, reason = list(scenario.keys[:1]), f"it is for no key but {', '.join(scenario.keys)}"
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
    """Name the extra that *scenario* needs and that is not installed; None if there is nothing to install."""
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
) -> Iterator[Trial]:
    """
    Try *client* in all that is *planned*; yield the trials in its order.

    Trials of slow scenarios start first, so that the others run while the client waits there. They have the time limit
    of all trials, and not a shorter one, because a client that gives up late is a correct client.

    Args:
        client: Called from several threads at once.

        planned: See `plan`.

        pkis: Keys to use again; fresh ones by default.

        at_once: How many clients run at a time; twice the processors by default.

        stop: Set when the run is given up before its end, so that clients under way can be ended too.

    Raises:
        LabError: The client cannot be tried at all, or the lab itself failed.
    """
    made = pkis or PKICache()
    pool = ThreadPoolExecutor(at_once or 2 * (os.cpu_count() or 1))
    try:
        trials = planned.trials
        # One at a time, an early start would only hold up the first line of the report.
        starts = sorted(range(len(trials)), key=lambda at: at_once == 1 or not trials[at][0].slow)
        under_way = {at: pool.submit(_try, client, *trials[at], made) for at in starts}
        for at in range(len(trials)):
            yield under_way[at].result()
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
