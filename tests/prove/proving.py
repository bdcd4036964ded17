"""Build a subject once, and try it in every scenario that applies to it."""

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
from tests.prove.variant import PKIS, NotExpressibleError, Variant, variants_of

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
    The results of one subject.

    Attributes:
        subject: The subject.
        built: The program, with the versions that it was built with.
        trials: A trial for each scenario and kind of key, including the skipped ones.
    """

    subject: Subject
    built: Built
    trials: tuple[Trial, ...]

    @cached_property
    def tried(self) -> list[Trial]:
        """The trials that took place."""
        return [trial for trial in self.trials if trial.verdict != "skipped"]

    @cached_property
    def failed(self) -> list[Trial]:
        """The trials that the client did not pass and that are not excused."""
        return [trial for trial in self.tried if trial.verdict != "pass" and not self._is_excused(trial)]

    @cached_property
    def excused(self) -> list[Trial]:
        """The trials that the client is known to fail."""
        return [trial for trial in self.tried if trial.verdict != "pass" and self._is_excused(trial)]

    def _is_excused(self, trial: Trial) -> bool:
        is_unseen = trial.verdict == "unproven" and trial.reason.startswith("it never connected")
        is_early = is_unseen and trial.scenario.id in self.subject.early
        return is_early or trial.scenario.id in self.subject.excused

    @cached_property
    def skipped(self) -> Counter[str]:
        """The number of trials that did not apply, by reason."""
        return Counter(trial.reason for trial in self.trials if trial.verdict == "skipped")


@dataclass(frozen=True, slots=True)
class Program:
    """
    The program of a subject, with every pin file that a scenario needs.

    Attributes:
        built: Its command, with the versions that it was built with.
        compiled: The names of the pin files.
        folder: Its folder, which is deleted with this object.
    """

    built: Built
    compiled: frozenset[str]
    folder: tempfile.TemporaryDirectory[str]

    def command(self, variant: Variant) -> tuple[str, ...]:
        """Return the command that runs it with the pins of *variant*."""
        assert variant.name in self.compiled, "a scenario makes another pin file each time"
        return tuple(word.replace("{variant}", variant.name) for word in self.built.command)


def program(subject: Subject) -> Program:
    """
    Build *subject* once for all its trials: the lab, its claims, and the code that pins nothing.

    Raises:
        AssertionError: if the code does not compile.
    """
    return _underway(subject).result()


def prepare(subject: Subject) -> None:
    """Begin to build *subject*, which comes next, because neither compilers nor trials keep all processors busy."""
    _underway(subject)


@cache
def _underway(subject: Subject) -> Future[Program]:
    return _BUILDER.submit(_build, subject)


def _build(subject: Subject) -> Program:
    for tool in subject.tools:
        tool.find()
    asked = [*_lab(subject).trials, *_claims(subject).trials]
    possible, _ = _sorted_out(subject, asked)
    variants = [*variants_of(possible), *(variant.sabotaged(subject.sabotage) for variant in variants_of([_UNPINNED]))]
    folder = tempfile.TemporaryDirectory(prefix="pinsmith-proof-", ignore_cleanup_errors=True)
    built = subject.build(Path(folder.name), [*variants, *odd_variants(subject.target)])
    return Program(built, frozenset(variant.name for variant in variants), folder)


def prove(subject: Subject) -> Proof:
    """
    Try *subject* in the scenarios of the lab.

    Raises:
        AssertionError: if the code does not compile.
    """
    return _prove(subject, _lab(subject))


def prove_claims(subject: Subject) -> Proof:
    """Try the claims of the target of *subject* that go beyond the lab's scenarios."""
    return _prove(subject, _claims(subject))


def prove_in(subject: Subject, *chosen: Scenario) -> Proof:
    """Try *subject* in some scenarios, with one kind of key."""
    return _prove(subject, plan(profile=subject.profile, used=subject.used, chosen=chosen, keys=("ec-p256",)))


def prove_sabotaged(subject: Subject) -> Trial:
    """Try *subject* against a wrong key after its comparison of pins was removed."""
    return _try(subject, *_UNPINNED, subject.sabotage)


def overhear(subject: Subject, scenario: Scenario) -> tuple[Trial, list[str]]:
    """Try *subject* in one scenario; return the trial and the lines of its standard error."""
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
    possible, left_out = _sorted_out(subject, planned.trials)
    those_that_wait_first = sorted(possible, key=lambda trial: not trial[0].slow)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = dict(pool.map(lambda trial: (trial, _try(subject, *trial)), those_that_wait_first))
    tried = [_try(subject, *trial) if _is_slow(found[trial]) else found[trial] for trial in possible]
    skipped = [Trial(*trial, "skipped", None, reason) for trial, reason in left_out.items()]
    return Proof(subject, made.built, (*tried, *skipped, *planned.skipped))


def _is_slow(trial: Trial) -> bool:
    """Return whether a busy machine may be to blame, so that the trial is repeated alone."""
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
    possible, left_out = [], {}
    for trial in trials:
        scenario = trial[0]
        if "ipv6" in scenario.needs and "proxy" not in subject.used:
            left_out[trial] = "it would depend on the resolver of the machine"
            continue
        try:
            subject.staged(scenario)
            for variant in variants_of([trial]):
                variant.export(subject.target)
        except NotStagedError as error:
            left_out[trial] = str(error)
        except NotExpressibleError as error:
            left_out[trial] = f"the target cannot express it: {error}"
        else:
            possible.append(trial)
    return possible, left_out
