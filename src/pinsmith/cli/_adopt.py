"""`pinsmith import` of several files, or of a whole repository."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith import formats, pinfile
from pinsmith.cli import _adopt_result, _clock, _output
from pinsmith.cli._editing import editing
from pinsmith.documents.adopt import adopt_document
from pinsmith.documents.document import encode
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode
from pinsmith.host import canonical_host
from pinsmith.importing.adopt import merged_pin_file, new_pin_file, prospect
from pinsmith.importing.collect import Place, collect, is_end_of
from pinsmith.importing.drift import drift
from pinsmith.importing.outputs import outputs_of
from pinsmith.importing.settle import Decision, settle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinsmith.cli._roles import Asker
    from pinsmith.importing.collect import Collected
    from pinsmith.importing.drift import HostDrift
    from pinsmith.pin import Pin
    from pinsmith.policy import KeyRole

_QUESTION = "type the number of the place that is right, u to keep all pins, or nothing to stop: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The options of the command."""

    paths: tuple[Path, ...]
    hosts: tuple[str, ...]
    skip_bad: bool
    roles: Mapping[Pin, KeyRole]
    ask: Asker | None
    into: Path | None
    prefer: tuple[str, ...]
    union: bool
    accept_loss: tuple[str, ...]
    as_json: bool


def adopt(wishes: Wishes) -> int:
    """
    Read every place, compare them, settle the differences, and write one pin file.

    Raises:
        UsageError: If a loss does not exist, or a preferred place was not found.
        PolicyError: If a role belongs to no pin, or the pin file cannot be changed in place.
        FileError: If the pin file cannot be read or written.
    """
    for loss in wishes.accept_loss:
        if loss not in formats.LOSSES:
            raise UsageError(f"there is no loss {loss!r}", hint=f"the losses are {', '.join(formats.LOSSES)}")
    with nullcontext() if wishes.into is None else editing(wishes.into):
        return _adopt(wishes)


def _adopt(wishes: Wishes) -> int:
    collected = _collect(wishes)
    failed = ExitCode.BROKE if collected.failures else ExitCode.OK
    if not collected.places:
        _output.error("nothing-pinned", "no file that pins a host was found", hint="name a file or folder with pins")
        return failed or ExitCode.NOT_PINNED
    into, places = wishes.into, collected.places
    old = pinfile.load_file(into) if into is not None and into.exists() else None
    if old is not None:
        places = [Place(str(into), None, old.policy), *places]
    decision = Decision(_numbers(wishes.prefer, places), union=wishes.union)
    drifts = drift(places, _roles(wishes, places))
    settled = settle(drifts, places, decision)
    if settled.open and not wishes.as_json and _may_ask():
        settled = settle(drifts, places, decision, _ask_by_host(settled.open, places))
    if settled.open:
        if wishes.as_json:
            _output.document(encode(adopt_document(collected, places, drifts, settled, None)))
        else:
            _output.result(*_adopt_result.matrix(places, drifts))
        _adopt_result.show_open(settled.open, places)
        return ExitCode.MISMATCH
    path = into or Path("pins.toml")
    outputs = outputs_of(
        collected.places,
        settled.policy,
        path.parent,
        present=old.outputs if old is not None else (),
        accept=wishes.accept_loss,
    )
    made = (
        new_pin_file(settled.policy, outputs.new) if old is None else merged_pin_file(path, settled.policy, outputs.new)
    )
    if into is not None:
        made.save(into)
    ahead = prospect(made.content, path, now=_clock.now())
    if wishes.as_json:
        _output.document(encode(adopt_document(collected, places, drifts, settled, (outputs, made, ahead))))
    elif into is None:
        _adopt_result.note(*_adopt_result.matrix(places, drifts))
        _output.text(made.text)
    else:
        _output.result(*_adopt_result.matrix(places, drifts))
    _adopt_result.show_dropped(settled, places)
    if into is not None:
        _adopt_result.show_saved(made, into)
    _adopt_result.show_roles(made.content.policy)
    _adopt_result.show_outputs(outputs)
    _adopt_result.show_prospect(ahead, path)
    return failed


def _may_ask() -> bool:
    return sys.stdin.isatty()


def _collect(wishes: Wishes) -> Collected:
    general: list[str] = []
    special: dict[str, list[str]] = {}
    for text in wishes.hosts:
        end, equals, host = text.rpartition("=")
        (special.setdefault(end, []) if equals else general).append(canonical_host(host))
    found = collect(
        wishes.paths,
        today=_clock.now().date(),
        hosts=general,
        hosts_of=special,
        skip_bad=wishes.skip_bad,
        leave_out=wishes.into,
        watch=partial(_output.progress, what="reading"),
    )
    _adopt_result.show_collected(found)
    names = [*(place.name for place in found.places), *(name for name, _ in found.failures)]
    for end in special:
        if not any(is_end_of(end, name) for name in names):
            raise UsageError(f"--host {end}=HOST fits none of the files", hint="write the path as the messages show it")
    return found


def _numbers(names: Sequence[str], places: Sequence[Place]) -> tuple[int, ...]:
    numbers: list[int] = []
    for name in names:
        found = [number for number, place in enumerate(places, 1) if is_end_of(name, place.name)]
        exact = [number for number in found if places[number - 1].name == Path(name).as_posix()]
        # One file may pin in two formats.
        if not found or len({places[number - 1].name for number in exact or found}) > 1:
            problem = "fits several places" if found else "fits none of the places"
            hint = f"name one of {', '.join(place.name for place in places)}"
            raise UsageError(f"--prefer {name!r} {problem}", hint=hint)
        numbers += exact or found
    return tuple(numbers)


def _roles(wishes: Wishes, places: Sequence[Place]) -> Mapping[Pin, KeyRole]:
    pins = {key.pin for place in places for key in place.policy.keys}
    formats.require_pinned(wishes.roles, pins, "none of the files" if places[1:] else places[0].name)
    if wishes.ask is None:
        return wishes.roles
    together = settle(drift(places, wishes.roles), places, Decision(union=True))
    return {**wishes.roles, **wishes.ask(together.policy)}


def _ask_by_host(still_open: Sequence[HostDrift], places: Sequence[Place]) -> dict[str, Decision]:
    """Ask about one host after the other, until all are settled or somebody stops."""
    answers: dict[str, Decision] = {}
    for found in still_open:
        _adopt_result.note("", *_adopt_result.host_lines(found), *_adopt_result.names_of(found, places))
        while found.host not in answers:
            answer = _output.ask(f"{found.host}: {_QUESTION}")
            if not answer:
                return answers
            if answer == "u":
                answers[found.host] = Decision(union=True)
            elif answer.isdecimal() and int(answer) in found.has:
                answers[found.host] = Decision((int(answer),), union=True)
    return answers
