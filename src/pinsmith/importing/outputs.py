"""The ``[[output]]`` of every place that pinsmith can write."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from pinsmith import formats
from pinsmith.errors import FormatError, LossError, PinsmithError, PolicyError
from pinsmith.formats.code._target import GENERATED
from pinsmith.pinfile import Output
from pinsmith.pinfile._spelling import path_problem
from pinsmith.pinfile._write import toml_text

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from pinsmith.formats import Format
    from pinsmith.importing.collect import Place
    from pinsmith.pinfile import Option
    from pinsmith.policy import Policy

# The declaration in code that gives an option of the output.
_DECLARED: Final = {
    "package": re.compile(r"^[ \t]*package[ \t]+([\w.]+)", re.MULTILINE),
    "namespace": re.compile(r"^[ \t]*namespace[ \t]+([\w.\\]+)", re.MULTILINE),
}
_CLASSES: Final = ("Pins", "PinnedHosts", "PinsmithPins")


@dataclass(frozen=True, slots=True)
class ByHand:
    """
    A place that `pinsmith sync` does not write.

    Attributes:
        name: The place.
        reason: Why, as a clause.
        instead: The file that `sync` writes for it; None if there is none.
    """

    name: str
    reason: str
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class Outputs:
    """
    The result of `outputs_of`.

    Attributes:
        new: The outputs to add to the pin file.
        by_place: The path of the output of each place that is written in place, by the name of the place.
        by_hand: The places whose pins people must go on editing.
    """

    new: tuple[Output, ...]
    by_place: dict[str, str]
    by_hand: tuple[ByHand, ...]


def outputs_of(
    places: Iterable[Place],
    policy: Policy,
    folder: Path,
    *,
    present: Sequence[Output] = (),
    accept: Sequence[str] = (),
) -> Outputs:
    """
    List the outputs of *places*. No file is written.

    An output pins the hosts that its place pinned before, and no others. Code that people wrote is not overwritten: its
    output is a new file beside it.

    Args:
        places: The places.

        policy: The policy of the new pin file.

        folder: The folder of the pin file.

        present: The outputs that the pin file has already. They stay as they are.

        accept: Ids of losses that the user accepts. They are written into the outputs that have such a loss.
    """
    here = folder.resolve()
    old = {(output.format, (here / output.path).resolve()) for output in present}
    drafts: dict[tuple[str, str], tuple[Format, Output, list[str]]] = {}
    by_place: dict[str, str] = {}
    by_hand: list[ByHand] = []
    for place in places:
        if place.target is None:
            by_hand.append(ByHand(place.name, "it is another pin file"))
            continue
        if place.is_code and place.target.can.hosts == "none":
            by_hand.append(ByHand(place.name, "pinsmith writes no code for its library"))
            continue
        others = {(here / path).resolve() for of, path in drafts if of != place.target.id}
        path, options = _file_of(place, place.target, others)
        relative = PurePath(os.path.relpath(path.resolve(), here)).as_posix()
        known = (place.target.id, path.resolve()) in old
        problem = _unwritable(relative)
        if problem is None and not (place.is_code or known):
            problem = _problem(place, place.target, policy)
        if problem is not None:
            by_hand.append(ByHand(place.name, problem))
            continue
        if place.is_code:
            by_hand.append(ByHand(place.name, "its code is yours", relative))
        else:
            by_place[place.name] = relative
        if not known:
            if place.target.can.matches == "leaf-or-ca" and _pins_authorities(place, policy):
                options["roles"] = "ca"
            *_, hosts = drafts.setdefault(
                (place.target.id, relative), (place.target, Output(place.target.id, relative, options), [])
            )
            hosts += [entry.host for entry in place.policy.hosts]
    new = tuple(_output(policy, target, draft, hosts, accept) for target, draft, hosts in drafts.values())
    return Outputs(new, by_place, tuple(by_hand))


def _unwritable(path: str) -> str | None:
    """Say why a pin file cannot name a path."""
    if problem := path_problem(path):
        return problem[0]
    try:
        toml_text(path)
    except PolicyError:
        return "a pin file cannot contain its name"
    return None


def _pins_authorities(place: Place, policy: Policy) -> bool:
    """Return whether a place pins authorities only, as far as the roles of its keys are known."""
    roles = {key.pin: key.is_authority for key in policy.keys}
    return all(roles.get(key.pin, False) for entry in place.policy.hosts for key in entry.keys)


def _file_of(place: Place, target: Format, others: Container[Path]) -> tuple[Path, dict[str, Option]]:
    """
    Return the file and the options of an output: for code, a new file beside it, and what that code declares.

    No other format writes that file: *others* are the files of those.
    """
    options: dict[str, Option] = {}
    if not place.is_code:
        return Path(place.name), options
    text = place.content.decode("utf-8", "replace")
    names = {option.name: option for option in target.options}
    for name, declaration in _DECLARED.items():
        found = declaration.search(text)
        if name in names and found and found[1] != names[name].default:
            options[name] = found[1]
    folder, usual = Path(place.name).parent, PurePath(target.place)
    # The usual name is proven to compile, and the code of .NET itself uses the name `Pins`.
    words = target.id.split("-")
    for name in (
        (str(names["class"].default), *_CLASSES, "".join(map(str.title, words)) + "Pins")
        if "class" in names
        else (usual.stem, f"pinsmith_{usual.stem}", f"pinsmith_{'_'.join(words)}")
    ):
        path = folder / f"{name}{usual.suffix}"
        is_free = not path.exists() or GENERATED.encode() in path.read_bytes()
        if is_free and path.resolve() not in others:
            break
    if "class" in names and path.stem != names["class"].default:
        options["class"] = path.stem
    return path, options


def _problem(place: Place, target: Format, policy: Policy) -> str | None:
    """Say why the file of a place cannot be edited; None if it can, or if only its pins are in the way."""
    if target.write is None:
        return f"{target.id} can only be read"
    own = replace(policy, hosts=tuple(entry for entry in policy.hosts if place.policy.entry_of(entry.host)), keys=())
    options = {**dict(target.example_options), "accept-loss": tuple(formats.LOSSES)}
    try:
        planned = formats.plan(own, target, options=options)
        if not planned.certified:
            existing = formats.decode_to_edit(place.content, place.name)
            formats.render(planned, existing=existing, name=place.name)
    except FormatError as error:
        return error.problem
    except PinsmithError:
        return None
    return None


def _output(policy: Policy, target: Format, draft: Output, hosts: Iterable[str], accept: Sequence[str]) -> Output:
    wanted = set(hosts)
    chosen = tuple(entry.host for entry in policy.hosts if entry.host in wanted)
    could = {entry.host for entry in policy.hosts if entry.mode != "off" or target.can.exempts}
    options = dict(draft.options)
    if target.can.hosts != "many" or not could <= wanted:
        options["hosts"] = chosen
    try:
        formats.plan(policy, target, options=options)
    except LossError as error:
        lost = dict.fromkeys(loss.rule for loss in error.losses)
        if accepted := tuple(loss for loss in lost if loss in accept):
            options["accept-loss"] = accepted
    except PinsmithError:
        pass
    return replace(draft, options=options)
