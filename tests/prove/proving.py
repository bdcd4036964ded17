"""One subject in every scenario that applies to it, each once."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.lab.client import CommandClient
from pinsmith.lab.run import plan
from pinsmith.lab.scenarios import wrong_key
from pinsmith.lab.trial import Trial, try_client
from tests.prove.claims import CLAIMS
from tests.prove.odd import odd_variants
from tests.prove.subject import NotStagedError
from tests.prove.variant import WORLDS, NotSaidError, Variant, variants_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.lab.call import Call
    from pinsmith.lab.key import KeyKind
    from pinsmith.lab.run import Plan
    from pinsmith.lab.scenario import Scenario
    from pinsmith.lab.trial import Ended
    from tests.prove.subject import Built, Subject

_AT_ONCE: Final = 2 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class Proof:
    """
    All that came of one subject.

    Attributes:
        subject: Who.
        built: With what.
        trials: One for each scenario and kind of key, skipped ones too.
    """

    subject: Subject
    built: Built
    trials: tuple[Trial, ...]

    @cached_property
    def tried(self) -> list[Trial]:
        """The trials that took place."""
        return [each for each in self.trials if each.verdict != "skipped"]

    @cached_property
    def failed(self) -> list[Trial]:
        """The trials that speak against the client, and are not excused."""
        return [each for each in self.tried if each.verdict != "pass" and each.scenario.id not in self.subject.excused]

    @cached_property
    def excused(self) -> list[Trial]:
        """The trials that it fails as it is known to."""
        return [each for each in self.tried if each.verdict != "pass" and each.scenario.id in self.subject.excused]

    @cached_property
    def skipped(self) -> Counter[str]:
        """How many trials did not apply, by reason."""
        return Counter(each.reason for each in self.trials if each.verdict == "skipped")


@dataclass(frozen=True, slots=True)
class _Client:
    """The program of a subject; it is told the name of the pin file instead of its path."""

    command: tuple[str, ...]
    timeout_seconds: float
    compiled: frozenset[str]

    def __call__(self, call: Call) -> Ended:
        name = Variant.of_text(call.policy.read_text("utf-8")).name
        assert name in self.compiled, "a scenario asks for another pin file each time"
        arguments = tuple(each.replace("{variant}", name) for each in self.command)
        return CommandClient(arguments, timeout_seconds=self.timeout_seconds, shows_output=True)(call)


def prove(subject: Subject) -> Proof:
    """
    Build *subject* and put it through the lab.

    Raises:
        AssertionError: It does not compile.
    """
    return _prove(subject, plan(profile=subject.profile, used=subject.used))


def prove_claims(subject: Subject, among: tuple[Scenario, ...] = CLAIMS) -> Proof:
    """Build *subject* and try what its target claims beyond the lab's scenarios."""
    return _prove(subject, plan(profile=subject.profile, used=subject.used, among=among))


def prove_sabotaged(subject: Subject) -> Proof:
    """Take the pinning out of the code of *subject*, build it, and see what it sends to a wrong key."""
    planned = plan(profile=subject.profile, used=subject.used, chosen=(wrong_key.SCENARIO,), keys=("ec-p256",))
    return _prove(subject, planned, subject.sabotage)


def _prove(subject: Subject, planned: Plan, sabotage: tuple[str, str] | None = None) -> Proof:
    said, unsaid = _sorted_out(subject, planned.trials)
    with tempfile.TemporaryDirectory(prefix="pinsmith-proof-", ignore_cleanup_errors=True) as name:
        variants = [replace(each, sabotage=sabotage) for each in variants_of(said)]
        odd = odd_variants(subject.target) if sabotage is None else ()
        built = subject.build(Path(name), [*variants, *odd])
        client = _Client(built.command, subject.timeout_seconds, frozenset(each.name for each in variants))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            tried = list(pool.map(lambda each: _try(subject, client, *each), said))
        tried = [_try(subject, client, each.scenario, each.key) if _is_slow(each) else each for each in tried]
    left_out = [Trial(*each, "skipped", None, reason) for each, reason in unsaid.items()]
    return Proof(subject, built, (*tried, *left_out, *planned.skipped))


def _is_slow(trial: Trial) -> bool:
    """Say whether a busy machine may be to blame, so that the trial is worth another one, alone."""
    return trial.verdict in {"hangs", "refuses-a-good-server", "unproven"}


def _try(subject: Subject, client: _Client, scenario: Scenario, kind: KeyKind) -> Trial:
    return replace(try_client(client, subject.staged(scenario), WORLDS.of(kind)), scenario=scenario)


def _sorted_out(
    subject: Subject, trials: tuple[tuple[Scenario, KeyKind], ...]
) -> tuple[list[tuple[Scenario, KeyKind]], Mapping[tuple[Scenario, KeyKind], str]]:
    said, unsaid = [], {}
    for trial in trials:
        scenario = trial[0]
        if "ipv6" in scenario.needs and "proxy" not in subject.used:
            unsaid[trial] = "it would depend on the resolver of the machine"
            continue
        try:
            subject.staged(scenario)
            for variant in variants_of([trial]):
                variant.export(subject.target)
        except NotStagedError as error:
            unsaid[trial] = str(error)
        except NotSaidError as error:
            unsaid[trial] = f"the target cannot say it: {error}"
        else:
            said.append(trial)
    return said, unsaid
