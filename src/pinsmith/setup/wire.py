"""A wire: what an output relies on in another file of its project, such as the manifest that names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.syntax.encoding import decode_to_edit, encoding_of
from pinsmith.syntax.xml import parse_xml
from pinsmith.syntax.xml_edit import XMLEdits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.finding import Finding
    from pinsmith.pinfile import Output
    from pinsmith.setup.tree import Tree
    from pinsmith.syntax.xml import Element


@dataclass(frozen=True, slots=True)
class Repair:
    """
    The new content of a file, in which the wire is there.

    Attributes:
        file: The file, relative to the directory of the pin file.
        content: Everything that the file had stays in it, byte for byte.
    """

    file: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Loose:
    """
    A wire that is missing.

    Attributes:
        finding: What is missing, and what to do.
        repair: What `--fix` writes; None if only people can decide it.
    """

    finding: Finding
    repair: Repair | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """
    What some outputs rely on, a member of the family.

    Attributes:
        id: Kebab-case; the name of its file.
        formats: The ids of the formats of these outputs.
        check: Yields what is missing for an output. It reads files of the tree, and writes none.
        covers: The files of `pinsmith.formats.Format.additions` that it looks after.
    """

    id: str
    formats: frozenset[str]
    check: Callable[[Tree, Output], Iterator[Loose]]
    covers: frozenset[str] = frozenset()


def edit_xml(tree: Tree, path: str, change: Callable[[XMLEdits, Element], None]) -> Repair | None:
    """Edit an XML file in place, from its root; None if it does not exist. It must have been parsed before."""
    content = tree.content(path)
    if content is None:
        return None
    document = parse_xml(decode_to_edit(content))
    edits = XMLEdits(document, mark="pinsmith")
    change(edits, document.root)
    return Repair(path, edits.result().encode(encoding_of(content)))
