"""Rules that all documents share."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import msgspec
import pytest

from docs.generate import pages
from docs.generate.documents import anchor
from pinsmith import documents
from pinsmith.documents.document import VERSION, Versioned, encode, encode_line, error_out
from pinsmith.documents.fetch import AddressBase
from pinsmith.errors import FormatError, ParseError, UnknownFormatError

MODULES = [import_module(f"pinsmith.documents.{found.name}") for found in pkgutil.iter_modules(documents.__path__)]
PARTS: set[type[msgspec.Struct]] = {
    kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in {Versioned, AddressBase}
}


@pytest.mark.parametrize("kind", sorted(PARTS, key=str), ids=lambda kind: kind.__name__)
def test_every_document_and_every_part_is_on_the_page(kind: type[msgspec.Struct]) -> None:
    """The generated page lists every field, because programs are written from it."""
    page = pages.content("documents.md")
    section = page.partition(f"\n({anchor(kind.__name__)})=\n")[2].partition("\n(json-")[0]
    for field in kind.__struct_fields__:
        assert f"| `{field}` | " in section


def test_names_are_distinct() -> None:
    """Every name has one meaning, on the page as in the code."""
    assert len({kind.__name__ for kind in PARTS}) == len(PARTS)


def test_an_error_has_its_place_if_it_has_one() -> None:
    """A program need not search the message for numbers."""
    placed = error_out(FormatError("is empty", file="a.json", line=2, column=7))
    assert (placed.message, placed.line, placed.column) == ("a.json:2:7: is empty", 2, 7)
    bare = error_out(ParseError("the file is empty", file="pins.toml"))
    assert (bare.message, bare.line, bare.column) == ("pins.toml: the file is empty", None, None)
    assert error_out(UnknownFormatError("there is none")).line is None


def test_a_document_begins_with_its_version() -> None:
    """The version comes first, whether the document is indented or on one line."""

    class Empty(Versioned, frozen=True, kw_only=True):
        hosts: list[str]

    assert encode(Empty(hosts=[])) == b'{\n  "version": 1,\n  "hosts": []\n}'
    assert encode_line(Empty(hosts=[])) == b'{"version":%d,"hosts":[]}' % VERSION
