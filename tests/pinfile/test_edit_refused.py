"""Edits and writes that are refused change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith import HostPins, Key
from pinsmith.errors import FileError, ParseError, PolicyError
from pinsmith.pinfile import Edit
from pinsmith.syntax.toml_edit import Part
from tests.pinfile.sample import API, COMMENTED, NEW, STANDBY, STANDBY_KEY, TEXT, changed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REFUSALS: dict[str, tuple[Callable[[Edit], None], str, str]] = {
    "taken key name": (lambda e: e.add_key(STANDBY_KEY), "already has a key", "its own name"),
    "bad key name": (lambda e: e.add_key(Key("a b", NEW.pin)), "cannot name a key", "letters"),
    "used key": (lambda e: e.remove_key("api-2026"), "is used by api.example.com", "from its hosts first"),
    "unknown key": (lambda e: e.remove_key("api-2025"), "has no key 'api-2025'", "did you mean 'api-2026'"),
    "unknown key of a host": (lambda e: e.add_key_to_host(API, "x"), "has no key 'x'", "the keys are api-2026"),
    "key twice": (lambda e: e.add_key_to_host(API, "api-2026"), "already has the key 'api-2026'", ""),
    "no such key there": (
        lambda e: e.remove_key_from_host(API, "x"),
        "has no key 'x'",
        "the keys of api.example.com are",
    ),
    "unknown host": (lambda e: e.remove_host("apo.example.com"), "has no host", "did you mean 'api.example.com'"),
    "host twice": (lambda e: e.add_host(HostPins(API, mode="off")), "already has the host", "add the keys"),
    "host with unknown key": (lambda e: e.add_host(HostPins("b.test", (NEW,))), "has no key 'new'", "the keys are"),
    "host with another key": (
        lambda e: e.add_host(HostPins("b.test", (Key("api-2026", NEW.pin),))),
        "has another pin",
        "its own name",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_an_edit_that_makes_no_sense_is_refused(case: str) -> None:
    """The error gives the reason and the remedy, and the text stays as it was."""
    change, problem, hint = REFUSALS[case]
    edit = Edit(COMMENTED)
    with pytest.raises(PolicyError, match=problem) as caught:
        change(edit)
    assert hint in (caught.value.hint or "")
    assert edit.text == COMMENTED


def test_a_value_of_a_wrong_kind_is_refused_at_once() -> None:
    """Unknown fields and types are reported as for a file, and the text stays as it was."""
    edit = Edit(COMMENTED)
    with pytest.raises(ParseError, match=r"host\[0\]\.port: expected a port"):
        edit.set_host(API, "port", "https")
    with pytest.raises(ParseError, match=r"host\[0\]\.ports: there is no such setting here"):
        edit.set_host(API, "ports", 8443)
    assert edit.text == COMMENTED


@pytest.mark.parametrize(
    "text",
    [
        f'version = 1\nkeys = {{ k = {{ pin = "{STANDBY}" }} }}\nhost = [ {{ name = "a.test", keys = ["k"] }} ]\n',
        f'version = 1\nkeys.k.pin = "{STANDBY}"\n[[host]]\nname = "b.test"\nmode = "off"\n',
    ],
    ids=["inline tables", "dotted keys"],
)
def test_an_edit_that_is_not_safe_is_refused(text: str) -> None:
    """If a table has no lines of its own, the edit is refused with a hint instead of guessed."""
    edit = Edit(text)
    changes: list[Callable[[], None]] = [
        lambda: edit.set_key("k", "role", "leaf"),
        lambda: edit.set_key("k", "pin", None),
    ]
    for change in changes:
        with pytest.raises(PolicyError, match="pinsmith cannot edit") as caught:
            change()
        assert "[keys.NAME]" in (caught.value.hint or "")
    assert edit.text == text


def test_save_writes_and_is_idle_without_changes(tmp_path: Path) -> None:
    """A file is written once, with its mark and line ends, and not written again without changes."""
    path = tmp_path / "pins.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    inode = path.stat().st_ino
    edit = Edit.load(path)
    edit.save()
    assert path.stat().st_ino == inode
    edit.set_host(API, "port", 8443)
    edit.save()
    expected = changed('/pins"]\n', '/pins"]\nport = 8443\n').replace("\n", "\r\n")
    assert path.read_bytes() == b"\xef\xbb\xbf" + expected.encode()
    edit.set_host(API, "port", None)
    edit.save()
    assert path.read_bytes() == b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()


def test_save_refuses_an_invalid_policy(tmp_path: Path) -> None:
    """A host that lost its last key is not written."""
    path = tmp_path / "pins.toml"
    path.write_text(TEXT)
    edit = Edit.load(path)
    edit.remove_key_from_host(API, "api-2026")
    edit.remove_key_from_host(API, "api-standby")
    with pytest.raises(ParseError, match="no keys"):
        edit.save()
    assert path.read_text() == TEXT


def test_save_refuses_to_undo_the_work_of_others(tmp_path: Path) -> None:
    """A file that changed since it was read is not overwritten."""
    path = tmp_path / "pins.toml"
    path.write_text(TEXT)
    edit = Edit.load(path)
    edit.set_host(API, "port", 8443)
    path.write_text(TEXT + "# a colleague\n")
    with pytest.raises(FileError, match="another program changed it") as caught:
        edit.save()
    assert "run the command again" in (caught.value.hint or "")
    assert path.read_text() == TEXT + "# a colleague\n"


def test_a_text_has_no_file_to_save_to() -> None:
    """Saving needs a file that was loaded."""
    with pytest.raises(PolicyError, match="not loaded from a file"):
        Edit(TEXT).save()


@pytest.mark.parametrize("harm", ["", "keys = 1", "[[["], ids=["too much removed", "another meaning", "no TOML"])
def test_an_edit_that_goes_wrong_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, harm: str) -> None:
    """The new text is parsed; unless it means exactly the requested change, it is neither returned nor written."""
    path = tmp_path / "pins.toml"
    path.write_text(COMMENTED)
    monkeypatch.setattr(Part, "remove_element", lambda part, *_: setattr(part, "text", harm))
    edit = Edit.load(path)
    edit.remove_key_from_host(API, "api-2026")
    for way in (lambda: edit.text, edit.result, edit.save, edit.save):
        with pytest.raises(PolicyError, match="pinsmith cannot edit"):
            way()
    assert path.read_text() == COMMENTED
