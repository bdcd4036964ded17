"""One subject, built once, in every scenario that applies to it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.lab.call import fill
from pinsmith.lab.client import CommandClient
from pinsmith.lab.run import plan
from pinsmith.lab.scenarios import wrong_key
from pinsmith.lab.trial import Ended, Trial, try_client
from tests.prove.odd import odd_variants
from tests.prove.subject import NotStagedError
from tests.prove.variant import PKIS, NotSaidError, Variant, variants_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinsmith.lab.call import Call
    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.run import Plan
    from pinsmith.lab.scenario import Scenario
    from tests.prove.subject import Built, Subject

_AT_ONCE: Final = 2 * (os.cpu_count() or 1)
_BUILDER: Final = ThreadPoolExecutor(1)
_UNPINNED: Final = (wrong_key.SCENARIO, "ec-p256")


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
        return [each for each in self.tried if each.verdict != "pass" and not self._is_excused(each)]

    @cached_property
    def excused(self) -> list[Trial]:
        """The trials that it fails as it is known to."""
        return [each for each in self.tried if each.verdict != "pass" and self._is_excused(each)]

    def _is_excused(self, trial: Trial) -> bool:
        is_unseen = trial.verdict == "unproven" and trial.reason.startswith("it never connected")
        is_early = is_unseen and trial.scenario.id in self.subject.early
        return is_early or trial.scenario.id in self.subject.excused

    @cached_property
    def skipped(self) -> Counter[str]:
        """How many trials did not apply, by reason."""
        return Counter(each.reason for each in self.trials if each.verdict == "skipped")


@dataclass(frozen=True, slots=True)
class Program:
    """
    What a subject was built to, with every pin file that is asked of it.

    Attributes:
        built: How it is run, and with what it was built.
        compiled: The names of the pin files.
        folder: Where it is; it goes with the program.
    """

    built: Built
    compiled: frozenset[str]
    folder: tempfile.TemporaryDirectory[str]

    def command(self, variant: Variant) -> tuple[str, ...]:
        """Return how it is run with the pins of *variant*."""
        assert variant.name in self.compiled, "a scenario asks for another pin file each time"
        return tuple(each.replace("{variant}", variant.name) for each in self.built.command)


def program(subject: Subject) -> Program:
    """
    Build *subject*, once for all that anybody asks of it: the lab, its claims, and the code that pins nothing.

    Raises:
        AssertionError: It does not compile.
    """
    return _underway(subject).result()


def prepare(subject: Subject) -> None:
    """Begin to build *subject*, which is asked for next: compilers leave processors idle, and so do trials."""
    _underway(subject)


@cache
def _underway(subject: Subject) -> Future[Program]:
    return _BUILDER.submit(_build, subject)


def _build(subject: Subject) -> Program:
    for tool in subject.tools:
        tool.find()
    asked = [*_lab(subject).trials, *_claims(subject).trials]
    said, _ = _sorted_out(subject, asked)
    variants = [*variants_of(said), *(each.sabotaged(subject.sabotage) for each in variants_of([_UNPINNED]))]
    folder = tempfile.TemporaryDirectory(prefix="pinsmith-proof-", ignore_cleanup_errors=True)
    built = subject.build(Path(folder.name), [*variants, *odd_variants(subject.target)])
    return Program(built, frozenset(each.name for each in variants), folder)


def prove(subject: Subject) -> Proof:
    """
    Put *subject* through the lab.

    Raises:
        AssertionError: It does not compile.
    """
    return _prove(subject, _lab(subject))


def prove_claims(subject: Subject) -> Proof:
    """Try what the target of *subject* claims beyond the lab's scenarios."""
    return _prove(subject, _claims(subject))


def prove_in(subject: Subject, *chosen: Scenario) -> Proof:
    """Put *subject* through some scenarios, with one kind of key."""
    return _prove(subject, plan(profile=subject.profile, used=subject.used, chosen=chosen, keys=("ec-p256",)))


def prove_sabotaged(subject: Subject) -> Trial:
    """See what the code of *subject* sends to a wrong key when the pinning is taken out of it."""
    return _try(subject, *_UNPINNED, subject.sabotage)


def overhear(subject: Subject, scenario: Scenario) -> tuple[Trial, list[str]]:
    """Put *subject* through one scenario; return what it wrote to its standard error, by lines, too."""
    heard = []

    def client(call: Call) -> Ended:
        command = fill(_command(subject, call), call.values)
        done = subprocess.run(command, env=call.environment(), capture_output=True, text=True, check=False, timeout=60)
        heard.extend(done.stderr.splitlines())
        return Ended(done.returncode == 0, done.stderr, is_gone=True)

    return try_client(client, subject.staged(scenario), PKIS.of("ec-p256")), heard


def _lab(subject: Subject) -> Plan:
    return plan(profile=subject.profile, used=subject.used)


def _claims(subject: Subject) -> Plan:
    return plan(profile=subject.profile, used=subject.used, among=subject.claims)


def _prove(subject: Subject, planned: Plan) -> Proof:
    made = program(subject)
    said, unsaid = _sorted_out(subject, planned.trials)
    those_that_wait_first = sorted(said, key=lambda trial: not trial[0].slow)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = dict(pool.map(lambda trial: (trial, _try(subject, *trial)), those_that_wait_first))
    tried = [_try(subject, *each) if _is_slow(found[each]) else found[each] for each in said]
    left_out = [Trial(*each, "skipped", None, reason) for each, reason in unsaid.items()]
    return Proof(subject, made.built, (*tried, *left_out, *planned.skipped))


def _is_slow(trial: Trial) -> bool:
    """Say whether a busy machine may be to blame, so that the trial is worth another one, alone."""
    return trial.verdict in {"hangs", "refuses-a-good-server", "unproven"}


def _try(subject: Subject, scenario: Scenario, kind: KeyKind, sabotage: tuple[str, str] | None = None) -> Trial:
    def client(call: Call) -> Ended:
        command = _command(subject, call, sabotage)
        return CommandClient(command, timeout_seconds=subject.timeout_seconds, shows_output=True)(call)

    return replace(try_client(client, subject.staged(scenario), PKIS.of(kind)), scenario=scenario)


def _command(subject: Subject, call: Call, sabotage: tuple[str, str] | None = None) -> tuple[str, ...]:
    variant = Variant.of_text(call.policy.read_text("utf-8"))
    return program(subject).command(variant.sabotaged(sabotage) if sabotage else variant)


def _sorted_out(
    subject: Subject, trials: Iterable[tuple[Scenario, KeyKind]]
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
