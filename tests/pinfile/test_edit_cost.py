"""The cost of an edit grows with the file, and not with the file times the number of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pinsmith import HostPins, Key, Pin, Policy
from pinsmith.formats import export, find
from pinsmith.importing.merge import differences, merge
from pinsmith.pinfile import Edit, write
from pinsmith.syntax.toml import parse_toml
from pinsmith.syntax.toml_layout import Layout, scan
from tests.cli.support import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _policy(count: int, first: int = 0) -> Policy:
    keys = [Key(f"k{number}", Pin.of_spki(b"%d" % number), "leaf") for number in range(first, first + count)]
    entries = (HostPins(f"{key.name}.example.com", tuple(dict.fromkeys((key, keys[0])))) for key in keys)
    return Policy(tuple(entries))


class Counts:
    """Counters of parses of TOML, and of characters searched for tables and values."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.parses = self.characters = 0

        def parse(text: str) -> dict[str, Any]:
            self.parses += 1
            return parse_toml(text)

        def count(text: str, **options: Any) -> Layout:  # noqa: ANN401 - those of `scan`
            self.characters += len(text)
            return scan(text, **options)

        monkeypatch.setattr("pinsmith.pinfile._toml.parse_text", parse)
        monkeypatch.setattr("pinsmith.syntax.toml_edit.scan", count)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    """Count from now on."""
    return Counts(monkeypatch)


def _add_all(edit: Edit) -> None:
    merge(edit, _policy(40, first=1000), (), None)


def _change_all(edit: Edit) -> None:
    for number in range(1, 40):
        edit.set_key(f"k{number}", "role", "intermediate")
        edit.set_host(f"k{number}.example.com", "port", 8443)
        edit.remove_key_from_host(f"k{number}.example.com", "k0")
        edit.add_key_to_host(f"k{number}.example.com", "k0")


def _remove_all(edit: Edit) -> None:
    for number in range(1, 40):
        edit.remove_host(f"k{number}.example.com")
        edit.remove_key(f"k{number}")


CHANGES: dict[str, Callable[[Edit], None]] = {"add": _add_all, "change": _change_all, "remove": _remove_all}


@pytest.mark.parametrize("change", CHANGES)
def test_any_number_of_changes_parses_the_file_twice(counts: Counts, tmp_path: Path, change: str) -> None:
    """The file is parsed once at the start and once at the end, and untouched tables are not searched again."""
    path = tmp_path / "pins.toml"
    path.write_text(write(_policy(40)))
    edit = Edit.load(path)
    edit.result()
    CHANGES[change](edit)
    edit.result()
    edit.save()
    assert path.read_text() == edit.text
    assert counts.parses == 2
    assert counts.characters < 5 * max(len(edit.text), len(write(_policy(40))))


COMMANDS = {
    "import": ["import", "new.policy.json", "--into"],
    "add": ["add", "k1.example.com", "k2.example.com", "k3.example.com", "--key", "k9", "--key", "k8", "-f"],
    "remove": ["remove", "k1.example.com", "--offline", "-f"],
    "remove a key": ["remove", "k1.example.com", "--key", "k1", "--force", "-f"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_parse_the_file_twice(
    counts: Counts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Every command parses the file twice, whatever it changes and however many hosts it adds."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pins.toml").write_text(write(_policy(20)))
    (tmp_path / "new.policy.json").write_text(export(_policy(15, first=500), find("policy-json")).text)
    done = run(*COMMANDS[command], "pins.toml")
    assert (done.code, counts.parses) == (0, 2), done.stderr


def test_the_merged_text_has_all_entries() -> None:
    """Control: the merged text contains the entries of both files."""
    ours, theirs = _policy(3), _policy(3, first=10)
    edit = Edit(write(ours))
    assert not differences(ours, theirs, find("policy-json").can)
    merge(edit, theirs, (), None)
    assert edit.result().policy.hosts == (*ours.hosts, *theirs.hosts)
