"""Edits of any file do what their names promise at one place, and keep every other byte."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from pinsmith import HostPins, Key, Pin
from pinsmith.errors import ParseError, PolicyError
from pinsmith.pinfile import Edit

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = tuple(Key(f"k{number}", Pin.of_spki(b"%d" % number)) for number in range(5))
HOSTS = tuple(f"h{number}.example.com" for number in range(4))

comments = st.sampled_from(["", "", "\n", "# alone\n\n", "\n# above\n", "# [keys.k9]\n", "\n\n  # indented = 1\n\n"])
tails = st.sampled_from(["", " # behind", "\t#] = \"'"])
indents = st.sampled_from(["", "  ", "\t"])


@dataclass
class Model:
    """The meaning of a file in names: its keys, and the keys of each host."""

    keys: list[str] = field(default_factory=list)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)


@st.composite
def arrays(draw: st.DrawFn, names: list[str]) -> str:
    """Spell an array of names on one line or on many, with or without a final comma."""
    quote = draw(st.sampled_from("\"'"))
    items = [f"{quote}{name}{quote}" for name in names]
    comma = draw(st.sampled_from(["", ","])) if items else ""
    if draw(st.booleans()):
        gap = draw(st.sampled_from(["", " "]))
        return f"[{gap}{', '.join(items)}{comma}{gap}]"
    lines = [item + "," + draw(tails) for item in items[:-1]]
    lines += [item + comma + draw(tails) for item in items[-1:]]
    indent = draw(indents)
    return f"[{draw(tails)}\n" + "".join(f"{indent}{line}\n" for line in lines) + draw(indents) + "]"


@st.composite
def files(draw: st.DrawFn) -> tuple[str, Model]:
    """Write a file with comments, blank lines and indents wherever they are allowed; keys and hosts in any order."""
    model = Model([key.name for key in KEYS[: draw(st.integers(0, 4))]])
    blocks = [
        f"{draw(indents)}[keys.{key.name}]{draw(tails)}\npin = '{key.pin}'{draw(tails)}\n{draw(comments)}"
        for key in KEYS[: len(model.keys)]
    ]
    for host in HOSTS[: draw(st.integers(0, 3))]:
        names = draw(st.lists(st.sampled_from(model.keys), unique=True)) if model.keys else []
        model.hosts[host] = names
        model.modes[host] = "off"
        indent = draw(indents)
        blocks.append(
            f"{draw(comments)}[[host]]{draw(tails)}\n{indent}name = '{host}'\n"
            f'{indent}mode = "off"{draw(tails)}\n{draw(comments)}{indent}keys = {draw(arrays(names))}{draw(tails)}\n'
        )
    if draw(st.booleans()):
        blocks.append("[[output]] # file\nformat = 'f'\npath = 'p'\n")
    order = draw(st.permutations([block for block in blocks if "[[host]]" not in block]))
    hosts = [block for block in blocks if "[[host]]" in block]
    at = draw(st.integers(0, len(order)))
    text = "version = 1\n" + draw(comments) + "".join([*order[:at], *hosts, *order[at:]]) + draw(comments)
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))), model


def _add_key(edit: Edit, model: Model, key: Key, host: str) -> None:
    edit.add_key(key)
    model.keys.append(key.name)


def _remove_key(edit: Edit, model: Model, key: Key, host: str) -> None:
    edit.remove_key(key.name)
    model.keys.remove(key.name)


def _add_host(edit: Edit, model: Model, key: Key, host: str) -> None:
    edit.add_host(HostPins(host, (key,), mode="off"))
    model.hosts[host], model.modes[host] = [key.name], "off"


def _remove_host(edit: Edit, model: Model, key: Key, host: str) -> None:
    edit.remove_host(host)
    del model.hosts[host], model.modes[host]


def _add_key_to_host(edit: Edit, model: Model, key: Key, host: str) -> None:
    edit.add_key_to_host(host, key.name)
    model.hosts[host].append(key.name)


def _remove_key_from_host(edit: Edit, model: Model, key: Key, host: str) -> None:
    edit.remove_key_from_host(host, key.name)
    model.hosts[host].remove(key.name)


def _set_mode(edit: Edit, model: Model, key: Key, host: str) -> None:
    mode = "enforce" if model.modes.get(host) == "off" and model.hosts[host] else "off"
    edit.set_host(host, "mode", mode)
    model.modes[host] = mode


def _unset_port(edit: Edit, model: Model, key: Key, host: str) -> None:
    edit.set_host(host, "port", 8443)
    edit.set_host(host, "port", None)


CHANGES: dict[str, Callable[[Edit, Model, Key, str], None]] = {
    "add_key": _add_key,
    "remove_key": _remove_key,
    "add_host": _add_host,
    "remove_host": _remove_host,
    "add_key_to_host": _add_key_to_host,
    "remove_key_from_host": _remove_key_from_host,
    "set_mode": _set_mode,
    "unset_port": _unset_port,
}


def _regions(old: str, new: str) -> tuple[str, str]:
    """Return the removed and the new text between the longest common beginning and end."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return old[start : len(old) - end], new[start : len(new) - end]


def _require_local(name: str, key: Key, host: str, old: str, new: str) -> None:
    removed, inserted = _regions(old, new)
    if name in {"add_key", "add_host"}:
        assert not removed
    elif name in {"remove_key", "remove_host"}:
        assert not inserted
        assert removed.count("[") - removed.count("[keys.k9]") <= 3
        other = [item for item in (*HOSTS, *(f"[keys.{item.name}]" for item in KEYS)) if item in removed]
        assert set(other) <= {host, f"[keys.{key.name}]"}
    elif name == "add_key_to_host":
        assert removed.replace(",", "") in inserted.replace(",", "")
        assert len(inserted) < len(removed) + 30
    elif name == "remove_key_from_host":
        assert not inserted
        assert removed.count("\n") <= 1
        assert len(removed) <= len("  'k0', # behind\r\n")
    elif name == "unset_port":
        assert inserted in {"", "\n", "\r\n"}
        assert not removed
    else:
        assert "\n" not in removed + inserted.strip()


@given(
    files(),
    st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), st.sampled_from(KEYS), st.sampled_from(HOSTS)), max_size=6),
)
def test_every_edit_is_local_and_correct(file: tuple[str, Model], changes: list[tuple[str, Key, str]]) -> None:
    """After an edit the file has the right meaning, differs at one place, and keeps one kind of line end."""
    text, model = file
    line_end = "\r\n" if "\r" in text else "\n"
    edit = Edit(text)
    for name, key, host in changes:
        before = edit.text
        try:
            CHANGES[name](edit, model, key, host)
        except PolicyError:
            assert edit.text == before
            continue
        _require_local(name, key, host, before, edit.text)
        assert edit.text.count("\n") == edit.text.count(line_end)
        if any(mode == "enforce" and not model.hosts[host] for host, mode in model.modes.items()):
            with pytest.raises(ParseError, match="no keys"):
                edit.result()
            continue
        policy = edit.result().policy
        assert sorted(item.name for item in policy.keys) == sorted(model.keys)
        assert {entry.host: [item.name for item in entry.keys] for entry in policy} == model.hosts
        assert {entry.host: entry.mode for entry in policy} == model.modes


@given(
    files(),
    st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), st.sampled_from(KEYS), st.sampled_from(HOSTS)), max_size=12),
)
def test_changes_at_once_and_one_by_one_give_the_same_text(
    file: tuple[str, Model], changes: list[tuple[str, Key, str]]
) -> None:
    """Collected edits give the same text as separate edits, each of which begins with the text of the one before."""
    text, model = file
    collected = Edit(text)
    for name, key, host in changes:
        single = Edit(text)
        outcomes = []
        for edit in (collected, single):
            copy = Model(list(model.keys), {name: list(keys) for name, keys in model.hosts.items()}, dict(model.modes))
            try:
                CHANGES[name](edit, copy, key, host)
            except PolicyError:
                copy = model
            outcomes.append(copy)
        assert outcomes[0] == outcomes[1]
        model, text = outcomes[0], single.text
    assert collected.text == text
