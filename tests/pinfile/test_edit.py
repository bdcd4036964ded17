"""Edits change what they name and leave comments, order, blank lines, quotes and line ends alone."""

from __future__ import annotations

import difflib
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith import HostPins, Key, Pin
from pinsmith.errors import FileError, ParseError, PolicyError
from pinsmith.pinfile import Edit
from tests.pinfile.sample import LEAF, STANDBY, STANDBY_KEY, TEXT, changed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NEW = Key("new", Pin.of_spki(b"new"), role="intermediate")

COMMENTED = f"""\
# The pins of Example.
version = 1  # never change

# One key a year.

# In production since May.
[keys.api-2026]
pin = '{LEAF}'   # fetched by hand
role='leaf'

# In the safe.
[keys.api-standby]  # standby
pin = "{STANDBY}"
role = "backup"
# certificate = "none yet"

# ---- hosts ----

# The interface.
[[host]]
name = "api.example.com"
keys = [
  "api-2026",  # now
  # next:
  "api-standby"  # later
]
  expires = 2027-06-30

# The shop; keep last.
[[host]]
name = 'shop.example.com'
keys = [ 'api-2026', 'api-standby', ]  # one line
# port = 8443

# End."""


def _difference(before: str, after: str) -> list[str]:
    """Return the lines that differ; of blank ones it is a matter of taste which of two was added."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@")) and line[1:]]


def _add_to(edit: Edit, host: str) -> None:
    edit.add_key(NEW)
    edit.add_key_to_host(host, "new")


SHOP = "shop.example.com"
API = "api.example.com"
NEW_TABLE = ["+[keys.new]", f'+pin = "{NEW.pin}"', '+role = "intermediate"']

CASES: dict[str, tuple[Callable[[Edit], None], list[str]]] = {
    "a key is added behind the keys": (lambda edit: edit.add_key(NEW), NEW_TABLE),
    "a host is added behind the hosts": (
        lambda edit: edit.add_host(HostPins("b.example.com", (STANDBY_KEY,), include_subdomains=True, port=8443)),
        [
            "+[[host]]",
            '+name = "b.example.com"',
            "+port = 8443",
            '+keys = ["api-standby"]',
            "+include-subdomains = true",
        ],
    ),
    "a key is added to an array of lines": (
        lambda edit: _add_to(edit, API),
        [*NEW_TABLE, '-  "api-standby"  # later', '+  "api-standby",  # later', '+  "new"'],
    ),
    "a key is added to an array on one line": (
        lambda edit: _add_to(edit, SHOP),
        [
            *NEW_TABLE,
            "-keys = [ 'api-2026', 'api-standby', ]  # one line",
            "+keys = [ 'api-2026', 'api-standby', 'new', ]  # one line",
        ],
    ),
    "a key leaves an array of lines": (
        lambda edit: edit.remove_key_from_host(API, "api-2026"),
        ['-  "api-2026",  # now'],
    ),
    "the last key leaves an array of lines": (
        lambda edit: edit.remove_key_from_host(API, "api-standby"),
        ['-  "api-standby"  # later'],
    ),
    "a key leaves an array on one line": (
        lambda edit: edit.remove_key_from_host(SHOP, "api-2026"),
        ["-keys = [ 'api-2026', 'api-standby', ]  # one line", "+keys = [ 'api-standby', ]  # one line"],
    ),
    "the last key leaves an array on one line": (
        lambda edit: edit.remove_key_from_host(SHOP, "api-standby"),
        ["-keys = [ 'api-2026', 'api-standby', ]  # one line", "+keys = [ 'api-2026', ]  # one line"],
    ),
    "a host goes with its comments": (
        lambda edit: edit.remove_host(SHOP),
        [
            "-# The shop; keep last.",
            "-[[host]]",
            "-name = 'shop.example.com'",
            "-keys = [ 'api-2026', 'api-standby', ]  # one line",
            "-# port = 8443",
        ],
    ),
    "a value is replaced": (
        lambda edit: edit.set_host(API, "expires", date(2028, 1, 1)),
        ["-  expires = 2027-06-30", "+  expires = 2028-01-01"],
    ),
    "a value keeps its quotes and its comment": (
        lambda edit: edit.set_key("api-2026", "pin", str(NEW.pin)),
        [
            f"-pin = '{LEAF}'   # fetched by hand",
            f"+pin = '{NEW.pin}'   # fetched by hand",
        ],
    ),
    "a value is added last": (
        lambda edit: edit.set_host(API, "mode", "report-only"),
        ['+  mode = "report-only"'],
    ),
    "a value is removed": (lambda edit: edit.set_key("api-2026", "role", None), ["-role='leaf'"]),
    "a value that is not there needs no removal": (lambda edit: edit.set_host(API, "port", None), []),
    "a default makes its table": (
        lambda edit: edit.set_default("require-pins", value=True),
        ["+[defaults]", "+require-pins = true"],
    ),
    "a default that is not there needs no removal": (lambda edit: edit.set_default("mode", None), []),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_an_edit_touches_only_its_lines(case: str, line_end: str) -> None:
    """The difference to the old text is what was asked for, in the file's own line ends."""
    change, expected = CASES[case]
    text = COMMENTED.replace("\n", line_end)
    edit = Edit(text)
    change(edit)
    assert _difference(text, edit.text) == expected
    assert edit.text.count("\n") == edit.text.count(line_end)


def test_an_unused_key_goes_with_its_comments() -> None:
    """What is said right above and right behind a table belongs to it; what stands apart stays."""
    edit = Edit(COMMENTED)
    edit.remove_key_from_host(API, "api-standby")
    edit.remove_key_from_host(SHOP, "api-standby")
    text = edit.text
    edit.remove_key("api-standby")
    removed = COMMENTED[COMMENTED.index("# In the safe.") : COMMENTED.index("# ---- hosts")]
    assert edit.text == text.replace(removed, "")


def test_adding_and_removing_gives_the_same_bytes() -> None:
    """What was added can be taken away without a trace."""
    edit = Edit(TEXT)
    edit.add_key(NEW)
    edit.add_host(HostPins("b.example.com", (NEW,)))
    edit.add_key_to_host(API, "new")
    edit.remove_key_from_host(API, "new")
    edit.remove_host("b.example.com")
    edit.remove_key("new")
    assert edit.text == TEXT


def test_a_file_without_hosts_gets_its_first_ones() -> None:
    """An edit can build a whole file; the result reads well and is sound."""
    edit = Edit("version = 1")
    edit.add_key(NEW)
    edit.set_default("mode", "report-only")
    edit.add_host(HostPins("a.example.com", (NEW,)))
    edit.add_host(HostPins("b.example.com", (NEW,), mode="report-only"))
    assert edit.text == (
        "version = 1\n\n"
        '[defaults]\nmode = "report-only"\n\n'
        f'[keys.new]\npin = "{NEW.pin}"\nrole = "intermediate"\n\n'
        '[[host]]\nname = "a.example.com"\nkeys = ["new"]\nmode = "enforce"\n\n'
        '[[host]]\nname = "b.example.com"\nkeys = ["new"]\n'
    )
    assert len(edit.result().policy.hosts) == 2


def test_tables_go_before_outputs() -> None:
    """Keys and hosts stand ahead of what is generated from them."""
    text = 'version = 1\n\n# generated\n[[output]]\nformat = "a"\npath = "b"\n'
    edit = Edit(text)
    edit.add_host(HostPins("a.example.com", mode="off"))
    edit.add_key(NEW)
    order = ["[keys.new]", "[[host]]", "# generated", "[[output]]"]
    assert sorted(order, key=edit.text.index) == order
    assert edit.text.endswith('\n\n# generated\n[[output]]\nformat = "a"\npath = "b"\n')


ARRAYS: dict[str, tuple[str, str]] = {
    "empty": ("[]", '["k2"]'),
    "empty with a comment": ("[ # none\n]", '["k2" # none\n]'),
    "one": ('["k1"]', '["k1", "k2"]'),
    "one with comma": ('["k1",]', '["k1", "k2",]'),
    "lines": ('[\n  "k1"\n]', '[\n  "k1",\n  "k2"\n]'),
    "lines with comma": ('[\n\t"k1",\n]', '[\n\t"k1",\n\t"k2",\n]'),
    "closed on the last line": ('[\n  "k1" ]', '[\n  "k1", "k2" ]'),
    "comment without comma": ('[\n  "k1" # a ]\n]', '[\n  "k1", # a ]\n  "k2"\n]'),
    "comma on its own line": ('[\n  "k1"\n  , # b\n]', '[\n  "k1"\n  , # b\n  "k2",\n]'),
    "comment last": ('[\n  "k1",\n  # more to come\n]', '[\n  "k1",\n  "k2",\n  # more to come\n]'),
    "literal": ("['k1']", "['k1', 'k2']"),
    "long quotes": ('["""k1"""]', '["""k1""", "k2"]'),
}


@pytest.mark.parametrize("case", ARRAYS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_arrays_keep_their_style(case: str, line_end: str) -> None:
    """An element is added as its neighbours stand, and taken away again."""
    before, after = (text.replace("\n", line_end) for text in ARRAYS[case])
    tables = "".join(f'[keys.{name}]\npin = "{Pin.of_spki(name.encode())}"\n' for name in ("k1", "k2"))
    frame = f'version = 1\n{tables}[[host]]\nname = "a.example.com"\nkeys = {{}} # end\n'.replace("\n", line_end)
    edit = Edit(frame.replace("{}", before))
    edit.add_key_to_host("a.example.com", "k2")
    assert edit.text == frame.replace("{}", after)
    edit.remove_key_from_host("a.example.com", "k2")
    assert '"k2"' not in edit.text
    assert edit.text.count("k1") == frame.replace("{}", before).count("k1")


REMOVALS: dict[str, tuple[str, str]] = {
    "only one": ('[ "k2" ]', "[  ]"),
    "only one with comma": ('["k2",]', "[]"),
    "first": ('["k2", "k1"]', '["k1"]'),
    "last": ('["k1" , "k2" ]', '["k1" ]'),
    "last with comma": ('["k1" , "k2", ]', '["k1" , ]'),
    "line of its own": ('[\n  "k1",\n  "k2", # b\n]', '[\n  "k1",\n]'),
    "on the line of the bracket": ('[\n  "k1", # a\n  "k2"]', '[\n  "k1", # a\n  ]'),
    "behind the opening bracket": ('["k2", # b\n  "k1"]', '[# b\n  "k1"]'),
    "comments around": ('[\n  # a\n  "k2",\n  # b\n  "k1",\n]', '[\n  # a\n  # b\n  "k1",\n]'),
}


@pytest.mark.parametrize("case", REMOVALS)
def test_an_element_leaves_alone(case: str) -> None:
    """What is said about other elements stays, whatever the style."""
    before, after = REMOVALS[case]
    frame = 'version = 1\n[[host]]\nname = "a.example.com"\nkeys = {} # end\n'
    edit = Edit(frame.replace("{}", before))
    edit.remove_key_from_host("a.example.com", "k2")
    assert edit.text == frame.replace("{}", after)


REFUSALS: dict[str, tuple[Callable[[Edit], None], str, str]] = {
    "taken key name": (lambda e: e.add_key(STANDBY_KEY), "is taken in pins.toml", "its own name"),
    "bad key name": (lambda e: e.add_key(Key("a b", NEW.pin)), "cannot name a key", "letters"),
    "used key": (lambda e: e.remove_key("api-2026"), "is used by api.example.com", "from its hosts first"),
    "unknown key": (lambda e: e.remove_key("api-2025"), "has no key 'api-2025'", "did you mean 'api-2026'"),
    "unknown key of a host": (lambda e: e.add_key_to_host(API, "x"), "has no key 'x'", "known keys: api-2026"),
    "key twice": (lambda e: e.add_key_to_host(API, "api-2026"), "has the key 'api-2026' already", ""),
    "no such key there": (lambda e: e.remove_key_from_host(API, "x"), "has no key 'x'", "known keys of this host"),
    "unknown host": (lambda e: e.remove_host("apo.example.com"), "has no host", "did you mean 'api.example.com'"),
    "host twice": (lambda e: e.add_host(HostPins(API, mode="off")), "stands in pins.toml already", "add keys"),
    "host with unknown key": (lambda e: e.add_host(HostPins("b.test", (NEW,))), "has no key 'new'", "known keys"),
    "host with another key": (
        lambda e: e.add_host(HostPins("b.test", (Key("api-2026", NEW.pin),))),
        "has another pin",
        "its own name",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_an_edit_that_makes_no_sense_is_refused(case: str) -> None:
    """The error says why and what to do, and the text stays as it was."""
    change, problem, hint = REFUSALS[case]
    edit = Edit(COMMENTED)
    with pytest.raises(PolicyError, match=problem) as caught:
        change(edit)
    assert hint in (caught.value.hint or "")
    assert edit.text == COMMENTED


def test_a_value_of_a_wrong_kind_is_refused_at_once() -> None:
    """Unknown fields and types are told like those of a file, and the text stays as it was."""
    edit = Edit(COMMENTED)
    with pytest.raises(ParseError, match=r"host\[0\]\.port: expected a port"):
        edit.set_host(API, "port", "https")
    with pytest.raises(ParseError, match=r"host\[0\]\.ports: unknown key"):
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
def test_what_cannot_be_changed_safely_is_refused(text: str) -> None:
    """Where a table has no lines of its own, the edit is refused with a hint instead of guessed."""
    edit = Edit(text)
    changes: list[Callable[[], None]] = [
        lambda: edit.set_key("k", "role", "backup"),
        lambda: edit.set_key("k", "pin", None),
    ]
    for change in changes:
        with pytest.raises(PolicyError, match="not written in a way that can be changed") as caught:
            change()
        assert "[keys.NAME]" in (caught.value.hint or "")
    assert edit.text == text


def test_values_inside_inline_tables_can_be_replaced() -> None:
    """What has a place of its own can be changed, wherever it stands."""
    text = f'version = 1\nkeys = {{ k = {{ pin = "{STANDBY}" }} }}\n'
    edit = Edit(text)
    edit.set_key("k", "pin", str(NEW.pin))
    assert edit.text == text.replace(STANDBY, str(NEW.pin))


def test_save_writes_and_is_idle_without_changes(tmp_path: Path) -> None:
    """A file is written once, with its mark and line ends, and not touched when nothing changed."""
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


def test_save_refuses_what_does_not_add_up(tmp_path: Path) -> None:
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
    """A file that changed since it was read is left alone."""
    path = tmp_path / "pins.toml"
    path.write_text(TEXT)
    edit = Edit.load(path)
    edit.set_host(API, "port", 8443)
    path.write_text(TEXT + "# a colleague\n")
    with pytest.raises(FileError, match="something else changed it") as caught:
        edit.save()
    assert "run the command again" in (caught.value.hint or "")
    assert path.read_text() == TEXT + "# a colleague\n"


def test_a_text_has_no_file_to_save_to() -> None:
    """Saving needs a file that was loaded."""
    with pytest.raises(PolicyError, match="has no file"):
        Edit(TEXT).save()
