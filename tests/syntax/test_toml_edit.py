"""Edits of TOML work on parts of the text."""

from __future__ import annotations

import tomllib

from pinsmith.syntax.toml_edit import TOMLEdits

TEXT = """\
# file
top = { a = [1] }

# first
[[t]]
x = 1
# why y
y = 2
# second
[[t]] # behind
x = 2
# below

# apart

[u]
x = 3
"""


def test_a_part_is_a_table_with_its_comments() -> None:
    """A part is a table with its comments; blank lines and separate comments are parts of their own."""
    edits = TOMLEdits(TEXT)
    assert edits.text == TEXT
    parts = [edits.part(path) for path in ((), ("t", 0), ("t", 1), ("u",))]
    assert [part.text.splitlines()[0] for part in parts if part] == ["# file", "# first", "# second", "[u]"]
    assert edits.part(("v",)) is None


def test_a_path_names_its_table_when_others_have_gone() -> None:
    """A path still finds its table when others are removed, and a value is found in any part."""
    edits = TOMLEdits(TEXT)
    first, second = edits.part(("t", 0)), edits.part_around(("t", 1, "x"))
    assert first is not None
    edits.remove(first)
    assert second is not None
    second.set_value(("t", 1, "x"), "5")
    inline = edits.part_around(("top", "a", 0))
    assert inline is not None
    inline.set_value(("top", "a", 0), "4")
    assert edits.part_around(("t", 0, "x")) is None
    assert tomllib.loads(edits.text) == {"top": {"a": [4]}, "t": [{"x": 5}], "u": {"x": 3}}


def test_comments_above_a_removed_entry_go_to_the_table_they_now_stand_above() -> None:
    """The result is the same whether the text was parted before the removal or after it."""
    edits = TOMLEdits(TEXT)
    first, second = edits.part(("t", 0)), edits.part(("t", 1))
    assert first is not None
    assert second is not None
    first.remove_entry(("t", 0, "y"))
    assert second.text.startswith("# why y\n# second\n[[t]]")
    edits.remove(second)
    assert (
        edits.text
        == TOMLEdits(edits.text).text
        == TEXT.replace(TEXT[TEXT.index("# why y") : TEXT.index("# apart")], "")
    )


def test_the_last_table_goes_with_the_blank_lines_above_it() -> None:
    """The last table is removed with the blank lines above it, and a new table takes its place."""
    edits = TOMLEdits(TEXT)
    last = edits.part(("u",))
    assert last is not None
    edits.remove(last)
    assert edits.text == TEXT.removesuffix("\n[u]\nx = 3\n")
    edits.insert(("t", 2), ["[[t]]", "x = [\n  3\n]"], behind=(), ahead=("u",))
    assert edits.text == TEXT.replace("# below\n", "# below\n\n[[t]]\nx = [\n  3\n]\n").removesuffix("\n[u]\nx = 3\n")
