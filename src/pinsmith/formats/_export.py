"""From a policy to the text of a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pinsmith._closest import closest
from pinsmith.errors import ExportError, UnknownFormatError
from pinsmith.formats._format import Export, OutputOption
from pinsmith.formats._loss import LOSSES, select
from pinsmith.host import canonical_host

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinsmith.formats._format import Format
    from pinsmith.formats._loss import Loss, Roles
    from pinsmith.pinfile import Option
    from pinsmith.policy import Key, Policy

COMMON_OPTIONS: Final = (
    OutputOption("hosts", "nothing but these hosts", tuple, ()),
    OutputOption("accept-loss", "what may be lost, by id", tuple, ()),
    OutputOption("allow-ending", "write pins that have ended, or end within 30 days", bool, default=False),
    OutputOption(
        "roles", "which pins, where a platform takes those of leaves or of authorities", choices=("leaf", "ca")
    ),
)
"""What every ``[[output]]`` may say, whatever its format."""


@dataclass(frozen=True, slots=True)
class Exported:
    """
    What was written.

    Attributes:
        text: The whole file.
        losses: What it does not say, all of it accepted or only to be told.
        attachments: Further files, by path relative to the output.
        hosts: Those that it pins. Whether their pins end soon is not judged here, but by `pinsmith.checks.ending`.
    """

    text: str
    losses: tuple[Loss, ...]
    attachments: Mapping[str, bytes]
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What a format will say of a policy. Nothing is written yet.

    Attributes:
        target: The format.
        task: The input of its writer, still without the file that is edited and without certificates.
        losses: Things that the format does not say, all of them accepted or not in need of consent.
    """

    target: Format
    task: Export
    losses: tuple[Loss, ...]

    @property
    def certified(self) -> tuple[Key, ...]:
        """The keys whose certificates `render` needs, each once."""
        if self.target.can.takes == "pin":
            return ()
        return tuple({key.name: key for entry in self.task.entries for key in entry.keys}.values())


def export(
    policy: Policy,
    target: Format,
    *,
    options: Mapping[str, Option] | None = None,
    source: str = "pins.toml",
    existing: str | None = None,
    name: str = "output",
    certificates: Mapping[str, bytes] | None = None,
    sign: Callable[[bytes], bytes] | None = None,
) -> Exported:
    """
    Write *policy* in a format: `plan` and `render` at once.

    Args:
        policy: The pins.

        target: The format.

        options: As in ``[[output]]``: the format's own, and `COMMON_OPTIONS`.

        source: The name of the pin file, for the remark that says what made the output.

        existing: What stands in the file now; the rest of it is kept, where the syntax has a rest.

        name: What errors about *existing* call the file.

        certificates: DER, by the name of their key; for formats that take certificates or their hashes.

        sign: Signs bytes, for formats that are signed; see the format for how.

    Raises:
        ExportRefusedError: The output would lock users out, or pin nothing.
        LossError: Something would be lost that was not accepted.
        ExportError: An option is unknown or has a wrong value.
        FormatError: *existing* is not understood.
        UnknownFormatError: The format can only be read.
    """
    planned = plan(policy, target, options=options, source=source)
    return render(planned, existing=existing, name=name, certificates=certificates, sign=sign)


def plan(
    policy: Policy, target: Format, *, options: Mapping[str, Option] | None = None, source: str = "pins.toml"
) -> Plan:
    """
    Decide what a format will say of *policy*, or refuse.

    Args:
        policy: The pins.

        target: The format.

        options: As in ``[[output]]``: the format's own, and `COMMON_OPTIONS`.

        source: The name of the pin file, for errors and for the remark about who wrote the output.

    Raises:
        ExportRefusedError: The output would lock users out, or pin nothing.
        LossError: Something would be lost that was not accepted.
        ExportError: An option is unknown or has a wrong value.
        UnknownFormatError: The format can only be read.
    """
    _writer(target)
    checked = _check(target, options or {})
    accept = _texts(checked["accept-loss"])
    for each in accept:
        if each not in LOSSES:
            raise ExportError(f"there is no loss {each!r}", details=list(LOSSES), hint=_nearest(each, LOSSES))
    hosts = [canonical_host(name) for name in _texts(checked["hosts"])]
    for host in hosts:
        if policy.find(host) is None or all(entry.host != host for entry in policy.hosts):
            raise ExportError(f"{host} has no entry of its own in {source}")
    selection = select(policy, target, accept=accept, hosts=hosts, roles=_roles(checked["roles"]))
    own = {option.name: checked[option.name] for option in target.options}
    whole = _narrowed(policy, hosts) if target.can.whole else None
    require_pins = policy.require_pins and target.can.require_pins
    return Plan(
        target, Export(selection.entries, source, own, require_pins=require_pins, policy=whole), selection.losses
    )


def render(
    plan: Plan,
    *,
    existing: str | None = None,
    name: str = "output",
    certificates: Mapping[str, bytes] | None = None,
    sign: Callable[[bytes], bytes] | None = None,
) -> Exported:
    """
    Write what was planned.

    Args:
        plan: From `plan`.

        existing: What stands in the file now; the rest of it is kept, where the syntax has a rest.

        name: What errors about *existing* call the file.

        certificates: DER, by the name of their key; one for each of `Plan.certified`.

        sign: Signs bytes, for formats that are signed; see the format for how.

    Raises:
        ExportRefusedError: The output would lock users out.
        FormatError: *existing* is not understood.
        UnknownFormatError: The format can only be read.
    """
    write, attach = _writer(plan.target), plan.target.attachments
    task = replace(plan.task, existing=existing, name=name, certificates=certificates or {}, sign=sign)
    attachments = attach(task) if attach is not None else {}
    pinned = tuple(entry.host for entry in task.entries if not entry.exempt)
    return Exported(write(task), plan.losses, attachments, pinned)


def _writer(target: Format) -> Callable[[Export], str]:
    if target.write is None:
        raise UnknownFormatError(f"{target.id} can only be read", hint="`pinsmith formats` lists what can be written")
    return target.write


def _narrowed(policy: Policy, hosts: list[str]) -> Policy:
    if not hosts:
        return policy
    return replace(policy, hosts=tuple(entry for entry in policy.hosts if entry.host in set(hosts)), keys=())


def _check(target: Format, options: Mapping[str, Option]) -> dict[str, Option]:
    known = {option.name: option for option in (*target.options, *COMMON_OPTIONS)}
    for name in options:
        if name not in known:
            raise ExportError(
                f"{target.id} has no option {name!r}", hint=_nearest(name, known) or f"it has {', '.join(known)}"
            )
    return {name: _value(target, option, options.get(name, option.default)) for name, option in known.items()}


def _value(target: Format, option: OutputOption, value: Option) -> Option:
    if option.kind is tuple and isinstance(value, str):
        value = (value,)
    if not isinstance(value, option.kind) or (option.kind is int and isinstance(value, bool)):
        expected = {str: "a text", bool: "true or false", int: "a whole number", tuple: "a list of texts"}[option.kind]
        raise ExportError(f"the option {option.name!r} of {target.id} is {value!r}, {expected} expected")
    if option.choices and value and value not in option.choices:
        allowed = ", ".join(map(repr, option.choices))
        raise ExportError(f"the option {option.name!r} of {target.id} is {value!r}, one of {allowed} expected")
    if option.pattern and not all(re.fullmatch(option.pattern, each) for each in _texts(value)):
        raise ExportError(f"the option {option.name!r} of {target.id} is {value!r}, {option.help} expected")
    return value


def _texts(value: Option) -> list[str]:
    return [str(each) for each in value] if isinstance(value, tuple) else [str(value)]


def _roles(value: Option) -> Roles | None:
    return "leaf" if value == "leaf" else "ca" if value == "ca" else None


def _nearest(name: str, known: Mapping[str, object]) -> str | None:
    near = closest(name, known)
    return f"did you mean {near}?" if near else None
