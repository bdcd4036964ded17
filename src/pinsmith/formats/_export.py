"""Turn a policy into the text of a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pinsmith._closest import closest
from pinsmith.errors import ExportError, UnknownFormatError
from pinsmith.formats._format import UNPINNED_DEBUG_BUILDS, Export, OutputOption
from pinsmith.formats._loss import LOSSES, select
from pinsmith.host import canonical_host

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pinsmith.finding import Finding
    from pinsmith.formats._format import Format
    from pinsmith.formats._loss import Roles
    from pinsmith.pinfile import Option
    from pinsmith.policy import Key, Policy

COMMON_OPTIONS: Final = (
    OutputOption("hosts", "only these hosts", tuple, ()),
    OutputOption("accept-loss", "ids of the losses that you accept", tuple, ()),
    OutputOption("allow-ending", "write pins that have expired or expire within 30 days", bool, default=False),
    OutputOption(
        "roles", "the pins to write if the platform takes either leaf pins or authority pins", choices=("leaf", "ca")
    ),
)
"""The options of every ``[[output]]``, whatever its format."""


@dataclass(frozen=True, slots=True)
class Exported:
    """
    The result of an export.

    Attributes:
        text: The whole file.
        losses: The settings that it does not express. All of them were accepted or need no consent.
        attachments: Further files, by path relative to the output.
        hosts: The hosts that it pins. Whether their pins expire soon is decided by `pinsmith.checks.ending`.
    """

    text: str
    losses: tuple[Finding, ...]
    attachments: Mapping[str, bytes]
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """
    The part of a policy that a format will express. Nothing is written yet.

    Attributes:
        target: The format.
        task: The input of its writer, still without the existing file and without certificates.
        losses: The settings that the format does not express. All of them were accepted or need no consent.
        accepted: The losses that the user accepts, among them those that only the material shows.
    """

    target: Format
    task: Export
    losses: tuple[Finding, ...]
    accepted: tuple[str, ...]

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
    public_key: bytes | None = None,
    now: datetime | None = None,
) -> Exported:
    """
    Write *policy* in a format: `plan` and `render` in one step.

    Args:
        policy: The pins.

        target: The format.

        options: As in ``[[output]]``: the format's own, and `COMMON_OPTIONS`.

        source: The name of the pin file, which a comment in the output names.

        existing: The current content of the file. Settings that do not concern pins are kept.

        name: The name of the existing file, for errors.

        certificates: DER, by the name of their key; for formats that take certificates or their hashes.

        sign: Signs bytes, for formats that are signed. The format documents the signature.

        public_key: The public key of *sign*, DER SubjectPublicKeyInfo, which shows that an existing signature is valid.

        now: Aware; for formats that contain the time of their signature.

    Raises:
        ExportRefusedError: if the output would lock users out or pin nothing.
        LossError: if a setting would be lost that was not accepted.
        ExportError: if an option is unknown or has a wrong value.
        FormatError: if *existing* cannot be read or edited.
        UnknownFormatError: if the format can only be read.
    """
    planned = plan(policy, target, options=options, source=source)
    return render(
        planned, existing=existing, name=name, certificates=certificates, sign=sign, public_key=public_key, now=now
    )


def plan(
    policy: Policy, target: Format, *, options: Mapping[str, Option] | None = None, source: str = "pins.toml"
) -> Plan:
    """
    Select the part of *policy* that a format can express, or refuse.

    Args:
        policy: The pins.

        target: The format.

        options: As in ``[[output]]``: the format's own, and `COMMON_OPTIONS`.

        source: The name of the pin file, for errors and for the remark in the output.

    Raises:
        ExportRefusedError: if the output would lock users out or pin nothing.
        LossError: if a setting would be lost that was not accepted.
        ExportError: if an option is unknown or has a wrong value.
        UnknownFormatError: if the format can only be read.
    """
    _writer(target)
    checked = _check(target, options or {})
    accept = _texts(checked["accept-loss"])
    for loss in accept:
        if loss not in LOSSES:
            raise ExportError(f"there is no loss {loss!r}", details=list(LOSSES), hint=_nearest(loss, LOSSES))
    hosts = [canonical_host(name) for name in _texts(checked["hosts"])]
    for host in hosts:
        if policy.entry_of(host) is None:
            raise ExportError(f"{host} does not have an entry in {source}")
    selection = select(policy, target, accept=accept, hosts=hosts, roles=_roles(checked["roles"]))
    own = {option.name: checked[option.name] for option in target.options}
    whole = _narrowed(policy, hosts) if target.can.whole else None
    require_pins = policy.require_pins and target.can.require_pins
    task = Export(selection.entries, source, own, require_pins=require_pins, policy=whole)
    return Plan(target, task, selection.losses, tuple(accept))


def render(
    plan: Plan,
    *,
    existing: str | None = None,
    name: str = "output",
    certificates: Mapping[str, bytes] | None = None,
    sign: Callable[[bytes], bytes] | None = None,
    public_key: bytes | None = None,
    now: datetime | None = None,
) -> Exported:
    """
    Write a planned output.

    Args:
        plan: The result of `plan`.

        existing: The current content of the file. Settings that do not concern pins are kept.

        name: The name of the existing file, for errors.

        certificates: DER, by the name of their key; one for each of `Plan.certified`.

        sign: Signs bytes, for formats that are signed. The format documents the signature.

        public_key: The public key of *sign*, DER SubjectPublicKeyInfo, which shows that an existing signature is valid.

        now: Aware; for formats that contain the time of their signature.

    Raises:
        ExportRefusedError: if the output would lock users out.
        FormatError: if *existing* cannot be read or edited.
        UnknownFormatError: if the format can only be read.
    """
    write, attach = _writer(plan.target), plan.target.attachments
    ders = certificates or {}
    task = replace(
        plan.task, existing=existing, name=name, certificates=ders, sign=sign, public_key=public_key, now=now
    )
    attachments = attach(task) if attach is not None else {}
    pinned = tuple(entry.host for entry in task.entries if not entry.exempt)
    return Exported(write(task), plan.losses, attachments, pinned)


def _writer(target: Format) -> Callable[[Export], str]:
    if target.write is None:
        raise UnknownFormatError(
            f"{target.id} can only be read", hint="run `pinsmith formats` to list the formats that can be written"
        )
    return target.write


def _narrowed(policy: Policy, hosts: list[str]) -> Policy:
    if not hosts:
        return policy
    return replace(policy, hosts=tuple(entry for entry in policy.hosts if entry.host in set(hosts)), keys=())


def _check(target: Format, options: Mapping[str, Option]) -> dict[str, Option]:
    known = {option.name: option for option in (*target.options, *COMMON_OPTIONS)}
    for name in options:
        if name not in known and name == UNPINNED_DEBUG_BUILDS:
            raise ExportError(
                f"{target.id} cannot leave debug builds unpinned, because its code does not know what a release is",
                hint="give debug builds a file of their own, with an [[output]] of its own",
            )
        if name not in known:
            raise ExportError(
                f"{target.id} does not have an option {name!r}",
                hint=_nearest(name, known) or f"its options are {', '.join(known)}",
            )
    return {name: _value(target, option, options.get(name, option.default)) for name, option in known.items()}


def _value(target: Format, option: OutputOption, value: Option) -> Option:
    if option.kind is tuple and isinstance(value, str):
        value = (value,)
    if not isinstance(value, option.kind) or (option.kind is int and isinstance(value, bool)):
        expected = {str: "a string", bool: "true or false", int: "a whole number", tuple: "a list of strings"}[
            option.kind
        ]
        raise ExportError(f"the option {option.name!r} of {target.id} is {value!r}, but must be {expected}")
    if option.choices and value and value not in option.choices:
        allowed = ", ".join(map(repr, option.choices))
        raise ExportError(f"the option {option.name!r} of {target.id} is {value!r}, but must be one of {allowed}")
    if option.pattern and not all(re.fullmatch(option.pattern, text) for text in _texts(value)):
        raise ExportError(f"the option {option.name!r} of {target.id} is {value!r}, which cannot be {option.help}")
    return value


def _texts(value: Option) -> list[str]:
    return [str(text) for text in value] if isinstance(value, tuple) else [str(value)]


def _roles(value: Option) -> Roles | None:
    return "leaf" if value == "leaf" else "ca" if value == "ca" else None


def _nearest(name: str, known: Mapping[str, object]) -> str | None:
    near = closest(name, known)
    return f"did you mean {near}?" if near else None
