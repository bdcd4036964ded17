"""Edits change only their target and keep comments, order, blank lines, quotes and line ends."""

from __future__ import annotations

import difflib
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith import HostPins, Pin
from pinsmith.pinfile import Edit
from tests.pinfile.sample import API, COMMENTED, LEAF, NEW, SHOP, STANDBY, STANDBY_KEY, TEXT

if TYPE_CHECKING:
    from collections.abc import Callable


def _difference(before: str, after: str) -> list[str]:
    """Return the lines that differ; blank lines are left out, because which of two was added is arbitrary."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@")) and line[1:]]


def _add_to(edit: Edit, host: str) -> None:
    edit.add_key(NEW)
    edit.add_key_to_host(host, "new")


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
    """The difference from the old text is the requested change, in the file's own line ends."""
    change, expected = CASES[case]
    text = COMMENTED.replace("\n", line_end)
    edit = Edit(text)
    change(edit)
    assert _difference(text, edit.text) == expected
    assert edit.text.count("\n") == edit.text.count(line_end)


def test_an_unused_key_goes_with_its_comments() -> None:
    """Comments directly above and behind a table are removed with it, and separate ones stay."""
    edit = Edit(COMMENTED)
    edit.remove_key_from_host(API, "api-standby")
    edit.remove_key_from_host(SHOP, "api-standby")
    text = edit.text
    edit.remove_key("api-standby")
    removed = COMMENTED[COMMENTED.index("# In the safe.") : COMMENTED.index("# ---- hosts")]
    assert edit.text == text.replace(removed, "")


def test_adding_and_removing_gives_the_same_bytes() -> None:
    """Adding and then removing an entry gives the same bytes."""
    edit = Edit(TEXT)
    edit.add_key(NEW)
    edit.add_host(HostPins("b.example.com", (NEW,)))
    edit.add_key_to_host(API, "new")
    edit.remove_key_from_host(API, "new")
    edit.remove_host("b.example.com")
    edit.remove_key("new")
    assert edit.text == TEXT


def test_a_file_without_hosts_gets_its_first_ones() -> None:
    """Edits can build a whole file, and the result is readable and valid."""
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
    """Keys and hosts are added before the outputs that are generated from them."""
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
    """A new element is laid out like its neighbours, and can be removed again."""
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
def test_an_element_is_removed_alone(case: str) -> None:
    """Comments about other elements stay, in every style."""
    before, after = REMOVALS[case]
    frame = 'version = 1\n[[host]]\nname = "a.example.com"\nkeys = {} # end\n'
    edit = Edit(frame.replace("{}", before))
    edit.remove_key_from_host("a.example.com", "k2")
    assert edit.text == frame.replace("{}", after)


def test_values_inside_inline_tables_can_be_replaced() -> None:
    """A value that has its own place in the text can be changed, even in an inline table."""
    text = f'version = 1\nkeys = {{ k = {{ pin = "{STANDBY}" }} }}\n'
    edit = Edit(text)
    edit.set_key("k", "pin", str(NEW.pin))
    assert edit.text == text.replace(STANDBY, str(NEW.pin))


def test_a_new_host_states_only_what_differs_from_the_defaults() -> None:
    """A new host is written so that it means the same under the defaults of this file."""
    edit = Edit('version = 1\n[defaults]\nmode = "off"\ninclude-subdomains = true\n')
    edit.add_host(HostPins("a.example.com", mode="off"))
    edit.add_host(HostPins("b.example.com", mode="off", include_subdomains=True))
    assert [entry.include_subdomains for entry in edit.result().policy] == [False, True]
    assert edit.text.endswith('\ninclude-subdomains = false\n\n[[host]]\nname = "b.example.com"\n')
