"""The roles of the keys in a platform's file: as the user gives them, and as live hosts show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _output
from pinsmith.cli._via import warn_if_inspected
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pinsmith.pin import Pin
    from pinsmith.policy import KeyRole, Policy

    Asker = Callable[[Policy], Mapping[Pin, KeyRole]]

ROLES: Final[tuple[KeyRole, ...]] = ("leaf", "intermediate", "root")
role_option = click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="PIN=ROLE",
    help="Set the role of a key: leaf, intermediate or root. PIN may have any spelling. May be repeated.",
)
online_option = click.option(
    "--online", is_flag=True, help="Connect to the hosts to learn the position of each key in the chain."
)


def given_roles(texts: Sequence[str]) -> dict[Pin, KeyRole]:
    """
    Read each ``PIN=ROLE``.

    Raises:
        UsageError: If a text is not written like that.
        PinFormatError: If the left side is not a pin.
    """
    return dict(map(_role, texts))


def _role(text: str) -> tuple[Pin, KeyRole]:
    from pinsmith.pin import parse_spelling

    pin, equals, role = text.rpartition("=")
    found = next((known for known in ROLES if known == role), None)
    if not equals or found is None:
        raise UsageError(f"--role {text!r} is not PIN=ROLE", hint=f"ROLE is one of {', '.join(ROLES)}")
    return parse_spelling(pin).pin, found


def asker(*, online: bool, connect: str | None, proxy: str | None, cafile: Path | None, timeout: float) -> Asker | None:
    """
    Return a function that learns roles from the verified chains of a policy's hosts; None without *online*.

    Args:
        online: As in ``--online``.

        connect: As in ``--connect``.

        proxy: As in ``--proxy``.

        cafile: As in ``--cafile``.

        timeout: Seconds, for each address.

    Raises:
        UsageError: If *connect*, *proxy* or *cafile* is given without *online*.
    """
    if online:
        return lambda policy: _ask(policy, connect, proxy, cafile, timeout)
    for name, value in (("--connect", connect), ("--proxy", proxy), ("--cafile", cafile)):
        if value is not None:
            raise UsageError(f"{name} needs --online")
    return None


def _ask(
    policy: Policy, connect: str | None, proxy: str | None, cafile: Path | None, timeout: float
) -> Mapping[Pin, KeyRole]:
    from pinsmith.checks.correction import shown_roles
    from pinsmith.checks.live import check_host
    from pinsmith.cli._options import parse_connect, trust_of
    from pinsmith.probe import Failed
    from pinsmith.probe.proxy import through
    from pinsmith.probe.survey import survey
    from pinsmith.probe.target import policy_targets

    address, port = parse_connect(connect)
    targets = [through(target, proxy) for target in policy_targets(policy, address=address, connect_port=port)]
    with _output.progress(None, "asking") as tick:
        found = survey(targets, trust=trust_of(cafile), timeout_seconds=timeout, tick=tick)
    shown = [outcome for outcomes in found for outcome in outcomes]
    for outcome in shown:
        if not isinstance(outcome, Failed):
            warn_if_inspected(outcome)
    now = _clock.now()
    for check in (check for outcomes in found for check in check_host(policy, outcomes, now=now)):
        if check.verdict != "matched":
            _output.warning(f"{check.place} {check.message}")
    return shown_roles(policy, shown)
