"""The reference pages agree with the code, and a change of the API is a visible difference."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from docs.generate import code, docstring, pages
from pinsmith.cli import _error_code
from pinsmith.formats import SYNTAXES, recognise
from tests.meta import source

if TYPE_CHECKING:
    from pinsmith.formats import Format


@pytest.mark.parametrize("name", pages.PAGES)
def test_generated_pages_are_fresh(name: str) -> None:
    """A page that no longer agrees with the code fails, and the message names the command that updates it."""
    assert pages.is_fresh(name), pages.HINT


@pytest.mark.parametrize("target", SYNTAXES, ids=lambda target: target.id)
def test_every_format_has_a_real_example(target: Format) -> None:
    """The page shows an example of what each format writes, or of what it reads if it cannot write."""
    section = pages.content("formats.md").partition(f"(format-{target.id})=")[2].partition("\n(format-")[0]
    shown = section.partition("````text\n")[2]
    assert "api.example.com" in shown or (shown and target.can.hosts == "none")
    if target.write is None:
        assert recognise(shown.partition("````")[0].encode(), target.suffixes[0]).id == target.id


def test_a_stale_page_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison reports pages that differ."""
    monkeypatch.setattr(pages, "content", lambda name: f"another {name}")
    assert pages.stale() == list(pages.PAGES)


def test_error_codes_are_unique_and_kebab_case() -> None:
    """Each error class has a code of its own, in kebab-case, because users type it and link to it."""
    codes = [error.code for error in _error_code.classes()]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", error_code) for error_code in codes)


def test_every_error_of_the_library_is_reached_through_one_module() -> None:
    """Users catch `pinsmith.errors.X`; no error class is defined elsewhere."""
    public = {error.__name__ for error in _error_code.classes()}
    elsewhere = {
        f"{module.name}: {node.name}"
        for module in source.package_modules()
        if module.area != "errors"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and public & {ast.unparse(base).split(".")[-1] for base in node.bases}
    }
    assert not elsewhere


def test_every_public_name_is_found() -> None:
    """The generator finds the definition of each name in `pinsmith.__all__`, through modules that re-export it."""
    import pinsmith

    found = {name.name: name.node for name in code.names("pinsmith")}
    assert set(found) == set(pinsmith.__all__)
    assert [name for name, node in found.items() if node is None] == []


def test_the_public_api_stays_small() -> None:
    """`pinsmith.__all__` has at most 14 names, in order; families and errors are in submodules."""
    import pinsmith

    assert len(pinsmith.__all__) <= 14
    assert sorted(pinsmith.__all__) == list(pinsmith.__all__)


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        (
            "One.\n\nArgs:\n    a: First,\n        and more.\n\n    b:\n        Second.\n",
            "* `a`: First, and more.\n* `b`: Second.",
        ),
        ("See::\n\n    x = 1\n", "See:\n\n```text\nx = 1\n```"),
        (
            "By :rfc:`7469#section-2.6`.",
            "By [RFC 7469, section 2.6](https://www.rfc-editor.org/rfc/rfc7469#section-2.6).",
        ),
        ("One.\n\nReturns:\n    Two.\n", "One.\n\n**Returns**: Two."),
    ],
    ids=["arguments", "literal block", "standard", "result"],
)
def test_docstrings_become_markdown(written: str, rendered: str) -> None:
    """Sections become lists, literal blocks keep their text, standards become links."""
    assert rendered in docstring.to_markdown(written)
