"""The result of one round for one service: what is stored of it, and the alert that it causes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pinsmith.certificate import Certificate
from pinsmith.monitor.observation import observed
from pinsmith.monitor.schedule import next_time
from pinsmith.monitor.status import judge, judge_canary
from pinsmith.monitor.watch import Alert, Watch, step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.monitor.observation import Observation
    from pinsmith.monitor.schedule import Pace
    from pinsmith.monitor.status import Status
    from pinsmith.monitor.watch import Patience


@dataclass(frozen=True, slots=True, order=True)
class Service:
    """
    A port of a host that is watched for one pin file.

    Attributes:
        file: The pin file, as an absolute path.
        host: Canonical.
        port: Where it is asked.
    """

    file: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Memory:
    """
    What is known of a service before a round.

    Attributes:
        watch: The memory of its state.
        answer: What it presented when it last answered without a suspicion of interception; None if it never has.
        next_round: When it must be asked again, aware.
    """

    watch: Watch
    answer: Observation | None
    next_round: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    The result of one round.

    Attributes:
        service: The service that was asked.
        at: When, aware.
        observation: What it presented.
        status: The judgement.
        memory: What is known now.
        alert: The message to people; None if there is none.
        certificates: The DER of every certificate that was compared, by SHA-256 in hexadecimal.
    """

    service: Service
    at: datetime
    observation: Observation
    status: Status
    memory: Memory
    alert: Alert | None
    certificates: Mapping[str, bytes]


def conclude(
    service: Service,
    checks: Sequence[HostCheck],
    memory: Memory | None,
    *,
    now: datetime,
    patience: Patience,
    pace: Pace,
    chance: float,
    is_canary: bool = False,
) -> Outcome:
    """
    Conclude what one round of *service* means.

    Args:
        service: The service that was asked.

        checks: Its results, at least one.

        memory: What was known; None for the first round.

        now: Aware.

        patience: How long to wait before an alert.

        pace: How often services are asked.

        chance: From 0 to 1, random.

        is_canary: Whether the pins of the host must not match.
    """
    before = memory.watch if memory else None
    answer = memory.answer if memory else None
    observation = observed(checks)
    status = judge_canary(checks) if is_canary else judge(checks, answer, now=now)
    watch, kind = step(before, status, now=now, patience=patience)
    findings = status.changes if kind == "changed" else status.reasons
    state_before = before.state if before else None
    return Outcome(
        service=service,
        at=now,
        observation=observation,
        status=status,
        memory=Memory(
            watch,
            # Otherwise a stranger would be known to the next round, which would then suspect nobody.
            observation if observation.answered and status.state != "interception" else answer,
            next_time(pace, now, uncertain_rounds=watch.next_rounds, chance=chance),
        ),
        alert=Alert(kind, service.host, service.port, state_before, watch.state, watch.since, now, findings)
        if kind
        else None,
        certificates={
            certificate.sha256: certificate.der
            for check in checks
            for certificate in check.chain or ()
            if isinstance(certificate, Certificate)
        },
    )


def held_back(outcome: Outcome, memory: Memory | None) -> Outcome:
    """
    Return *outcome* as it is recorded during maintenance: without an alert, so that one follows if the state lasts.

    Args:
        outcome: From `conclude`.

        memory: What was known before.
    """
    watch = memory.watch if memory else Watch("ok", outcome.at)
    return replace(outcome, memory=replace(outcome.memory, watch=watch), alert=None)
