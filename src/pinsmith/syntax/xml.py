"""
XML with places: a hardened parser that keeps the place of every element, and the escaping of text.

It fetches nothing and expands nothing. A document type with its own declarations is refused, so that there are only the
five entities of XML.

Source:
    https://docs.python.org/3/library/pyexpat.html (byte offsets), https://www.w3.org/TR/xml/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.parsers import expat
from xml.parsers.expat import errors

from pinsmith.limit import MAX_VALUES
from pinsmith.syntax.position import Position, SyntaxFaultError, SyntaxLimitError

if TYPE_CHECKING:
    from typing import Never

_MAX_DEPTH: Final = 100
_CODES: Final = errors.codes
_NAMED: Final = {_CODES[errors.XML_ERROR_DUPLICATE_ATTRIBUTE], _CODES[errors.XML_ERROR_UNDEFINED_ENTITY]}
_ENDS: Final = {_CODES[errors.XML_ERROR_NO_ELEMENTS], _CODES[errors.XML_ERROR_UNCLOSED_TOKEN]}
_DECLARED: Final = re.compile(r"\ufeff?<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_ENCODINGS: Final = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})
# The quantifiers are possessive, so that an unclosed quotation mark causes no backtracking.
_START_TAG: Final = re.compile(r"""<[^\s/>]+(?:[^"'>]|"[^"]*"|'[^']*')*+>""")


@dataclass(eq=False, slots=True)
class Element:
    """
    An element and its place. Offsets are characters of `Document.text`.

    Attributes:
        name: The name without its prefix.
        namespace: The namespace; empty if it has none.
        attributes: The attributes by name; the name of one in a namespace is ``{uri}name``.
        line: The line, from 1.
        column: The column, from 1.
        start: The offset of ``<``.
        open_end: The offset after the start tag.
        close: The offset of the end tag; if there is none, `open_end`.
        end: The offset after the whole element.
        parent: The parent; None for the root.
        children: The child elements.
        runs: Its own text, in pieces that children and comments separate.
    """

    name: str
    namespace: str
    attributes: dict[str, str]
    line: int
    column: int
    start: int
    open_end: int
    parent: Element | None = None
    close: int = 0
    end: int = 0
    children: list[Element] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)

    @property
    def position(self) -> Position:
        """The place where it begins."""
        return Position(self.line, self.column)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment and its place."""

    text: str
    line: int
    column: int
    start: int
    end: int


@dataclass(eq=False, slots=True)
class Document:
    """
    A parsed text.

    Attributes:
        text: The text that all places refer to.
        root: The outermost element.
        comments: All comments, in order.
        encoding: The declared encoding, lower-case; None if none is declared.
    """

    text: str
    root: Element
    comments: list[Comment]
    encoding: str | None


def parse_xml(text: str) -> Document:
    """
    Parse *text*.

    Raises:
        SyntaxFaultError: If it is not well-formed, declares entities, or is absurdly deep or large.
    """
    return _Parser(text).run()


def declared_encoding(text: str) -> str | None:
    """Return the encoding that XML declares, lower-case, without parsing it; None if it declares none."""
    found = _DECLARED.match(text)
    return found[1].lower() if found else None


def require_encoding(declared: str | None, content: bytes) -> None:
    """
    Refuse a file whose declared encoding differs from that of its bytes, because build tools would refuse it.

    Raises:
        SyntaxFaultError: If the encodings differ.
    """
    if declared is None:
        return
    wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    if declared not in _ENCODINGS or (declared == "utf-16") is not wide:
        raise SyntaxFaultError(
            f"it declares the encoding {declared!r}, but is {'UTF-16' if wide else 'UTF-8'}",
            Position(1, 1),
            hint='write encoding="utf-8" and save the file as UTF-8',
        )


class _Parser:
    """One run of expat."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._raw = text.encode("utf-8", "surrogatepass")
        self._bytes, self._characters = 0, 0  # the offsets up to which both have been counted
        self._open: list[Element] = []
        self._root: Element | None = None
        self._comments: list[Comment] = []
        self._encoding: str | None = None
        self._pieces: list[str] = []
        self._count = 0
        self._expat = expat.ParserCreate("utf-8", "}")
        self._expat.buffer_text = True
        self._expat.XmlDeclHandler = self._declaration
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._expat.SkippedEntityHandler = lambda name, _: self._fail(f"the entity {name!r} is not known")
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._pieces.append
        self._expat.CommentHandler = self._comment

    def run(self) -> Document:
        try:
            self._expat.Parse(self._raw, True)  # noqa: FBT003 - the signature of expat requires it
        except expat.ExpatError as error:
            position = Position(error.lineno, error.offset + 1)
            raise SyntaxFaultError(f"it is not well-formed XML: {self._reason(error.code)}", position) from error
        if self._root is None:
            raise SyntaxFaultError("it has no element")
        return Document(self._text, self._root, self._comments, self._encoding)

    def _fail(self, problem: str) -> Never:
        raise SyntaxFaultError(problem, self._position())

    def _reason(self, code: int) -> str:
        """Say what is wrong at the place of an error of expat, whose own texts name no tag and no character."""
        index = self._expat.ErrorByteIndex
        at, before = self._raw[index:].decode("utf-8", "replace"), self._raw[max(index - 40, 0) : index]
        around = self._open[-1] if self._open else None
        opened = f"<{around.name}> of line {around.line}" if around is not None else ""
        word = re.match(r"(?:</?|&)?([^\s<>=;]*)", at)
        name = word[1] if word else ""
        if code == _CODES[errors.XML_ERROR_TAG_MISMATCH]:
            return f"{opened} is not closed before </{name}>"
        if code in _ENDS and opened:
            return f"the file ends before {opened} is closed"
        if code == _CODES[errors.XML_ERROR_INVALID_TOKEN] and at:
            entity = re.search(rb"&[A-Za-z0-9._-]*$", before)
            return "a & begins no entity, and must be written as &amp;" if entity else f"{at[0]!r} is not allowed here"
        told = expat.ErrorString(code) or f"error {code} of expat"
        return f"{told} {name!r}" if code in _NAMED else told

    def _position(self) -> Position:
        return Position(self._expat.CurrentLineNumber, self._expat.CurrentColumnNumber + 1)

    def _offset(self) -> int:
        """Return the offset of the current event in characters, because expat counts bytes."""
        at = self._expat.CurrentByteIndex
        self._characters += len(self._raw[self._bytes : at].decode())
        self._bytes = at
        return self._characters

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        del version, standalone
        self._encoding = encoding.lower() if encoding else None

    def _doctype(self, name: str, system: str | None, public: str | None, has_subset: int) -> None:  # noqa: ARG002 - expat passes four
        if has_subset:
            self._fail("its DOCTYPE contains declarations, such as entities, which pinsmith does not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._flush()
        self._count += 1
        if len(self._open) == _MAX_DEPTH or self._count > MAX_VALUES:
            raise SyntaxLimitError("it has too many elements, or nests them too deeply", self._position())
        at = self._offset()
        tag = _START_TAG.match(self._text, at)
        if tag is None:  # only if expat and the pattern disagree about what a tag is
            self._fail("pinsmith does not understand its tags")
        namespace, _, local = name.rpartition("}")
        parent = self._open[-1] if self._open else None
        named = {"{" + key if "}" in key else key: value for key, value in attributes.items()}
        element = Element(local, namespace, named, *self._position(), at, tag.end(), parent)
        if parent is None:
            self._root = element
        else:
            parent.children.append(element)
        self._open.append(element)

    def _end(self, name: str) -> None:
        del name
        self._flush()
        element = self._open.pop()
        if self._text.endswith("/>", element.start, element.open_end):
            element.close = element.end = element.open_end
        else:
            element.close = self._offset()
            element.end = self._text.index(">", element.close) + 1

    def _comment(self, text: str) -> None:
        self._flush()
        at = self._offset()
        self._comments.append(Comment(text, *self._position(), at, self._text.index("-->", at) + 3))

    def _flush(self) -> None:
        if self._pieces and self._open:
            self._open[-1].runs.append("".join(self._pieces))
        self._pieces.clear()


def escape_text(value: str) -> str:
    """Return *value* as the text of an element. Characters that XML does not allow become replacement characters."""
    return _holdable(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_attribute(value: str) -> str:
    """Return *value* for use between the double quotation marks of an attribute."""
    escaped = escape_text(value).replace('"', "&quot;")
    return escaped.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")


def escape_comment(value: str) -> str:
    """Return *value* for use in a comment: on one line, only printable, and without the end of a comment."""
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in value)
    parted = re.sub("-(?=-)", "- ", shown)
    return parted + " " if parted.endswith("-") else parted


def _holdable(value: str) -> str:
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\N{REPLACEMENT CHARACTER}", value)
