"""Try one client in every scenario that applies to it."""

from __future__ import annotations

import base64
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.lab.call import placeholders_of
from pinsmith.lab.client import CommandClient
from pinsmith.lab.pki.lab_pki import LabPKI, PKICache
from pinsmith.lab.run import plan
from pinsmith.lab.scenario import BOTH_KEYS
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.trial import Trial, try_client
from tests.judged.renewed import RENEWED

if TYPE_CHECKING:
    from concurrent.futures import Future
    from typing import Unpack

    from pinsmith.lab.call import Call
    from pinsmith.lab.pki import key as keys, mint
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.scenario import Scenario
    from pinsmith.lab.trial import Ended
    from tests.judged.subject import Subject

# Further placeholders, and the placeholder of the lab that carries the same information: one pin, all pins, or a root.
EXTRA: Final = {
    "certificate-sha256": "pin",
    "certificate-base64": "pin",
    "pin-hex": "pin",
    "pins-base64": "pins",
    "own-root": "cafile",
}
_PKIS: Final = PKICache()
_TRIALS: Final = ThreadPoolExecutor(2 * (os.cpu_count() or 1))


@dataclass(frozen=True, eq=False)
class KnownPKI(LabPKI):
    """A PKI that remembers the certificates it issued for the host; clients know the first with the pinned key."""

    issued: list[Identity] = field(default_factory=list)

    @classmethod
    def like(cls, pki: LabPKI) -> KnownPKI:
        """Return a PKI with the keys and authorities of *pki*, which has issued nothing yet."""
        return cls(**{attribute.name: getattr(pki, attribute.name) for attribute in fields(LabPKI)})

    def genuine(self, *names: str, **options: Unpack[mint.LeafOptions]) -> Identity:
        """Issue a certificate as `LabPKI` does, and remember it."""
        self.issued.append(super().genuine(*names, **options))
        return self.issued[-1]

    def rekeyed(self, key: keys.PrivateKey | KeyKind, *names: str) -> Identity:
        """Issue a certificate as `LabPKI` does, and remember it."""
        self.issued.append(super().rekeyed(key, *names))
        return self.issued[-1]

    def known(self, pin: str) -> Identity:
        """Return the first certificate with the pinned key, or a certificate that no server presents."""
        return next((identity for identity in self.issued if identity.pin == pin), None) or LabPKI.genuine(self)


@dataclass(frozen=True, slots=True)
class JudgedClient:
    """The command of one client, with one PKI."""

    arguments: tuple[str, ...]
    pki: KnownPKI

    def __call__(self, call: Call) -> Ended:
        """Replace the placeholders that the lab does not know, and run the command as the lab does."""
        bare = [pin.removeprefix("sha256/") for pin in call.pins]
        digest = hashlib.sha256(self.pki.known(call.pins[0]).der).digest()
        root = call.state.parent / "own-root.pem"
        root.write_text(self.pki.root.pem, encoding="ascii")
        values = {
            "certificate-sha256": digest.hex(),
            "certificate-base64": base64.b64encode(digest).decode(),
            "pin-hex": base64.b64decode(bare[0]).hex(),
            "pins-base64": ",".join(bare),
            "own-root": str(root),
        }
        return CommandClient(_replaced(self.arguments, values))(call)


def judge(subject: Subject) -> list[Trial]:
    """Try *subject* in every scenario that applies to it; return the trials, skipped ones last."""
    tried, skipped = _underway(subject)
    trials = [trial.result() for trial in tried]
    again = [trial if _is_sure(trial) else _attempt(subject, trial.scenario, trial.key) for trial in trials]
    return [*again, *skipped]


def _is_sure(trial: Trial) -> bool:
    """Return whether a client was in time, or its server was not slow; otherwise a busy machine may be to blame."""
    return trial.verdict == "pass" or not trial.scenario.slow


def prepare(subject: Subject) -> None:
    """Begin to judge *subject*, which comes next, because some trials of this one only wait for a server."""
    with suppress(pytest.skip.Exception):  # its own test says which tool is missing
        subject.require_tools()
        _underway(subject)


@cache
def _underway(subject: Subject) -> tuple[list[Future[Trial]], list[Trial]]:
    used = placeholders_of(_replaced(_arguments(subject), {name: f"{{{meant}}}" for name, meant in EXTRA.items()}))
    planned = plan(profile=subject.profile, used=used, keys=BOTH_KEYS, among=(*SCENARIOS, RENEWED))
    trials = [planned_trial for planned_trial in planned.trials if _is_same_everywhere(planned_trial[0], used)]
    left_out = [
        Trial(*planned_trial, "skipped", None, "it would depend on the resolver of the machine")
        for planned_trial in planned.trials
        if planned_trial not in trials
    ]
    those_that_wait_first = sorted(trials, key=lambda trial: not trial[0].slow)
    futures = {trial: _TRIALS.submit(_attempt, subject, *trial) for trial in those_that_wait_first}
    return [futures[trial] for trial in trials], [*planned.skipped, *left_out]


def _attempt(subject: Subject, scenario: Scenario, kind: KeyKind) -> Trial:
    pki = KnownPKI.like(_PKIS.of(kind))
    return try_client(JudgedClient(_arguments(subject), pki), scenario, pki)


def _arguments(subject: Subject) -> tuple[str, ...]:
    return _replaced(subject.command, subject.static_values())


def _is_same_everywhere(scenario: Scenario, used: frozenset[str]) -> bool:
    """Return whether the result of *scenario* depends only on the client, and not on the machine."""
    return "ipv6" not in scenario.needs or "proxy" in used


def _replaced(arguments: tuple[str, ...], values: dict[str, str]) -> tuple[str, ...]:
    replaced = list(arguments)
    for name, value in values.items():
        replaced = [argument.replace(f"{{{name}}}", value) for argument in replaced]
    return tuple(replaced)
