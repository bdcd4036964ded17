"""A pin file between reading and writing: what a change must prove before it counts."""

from __future__ import annotations

import copy
import datetime as dt
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from pinsmith import files
from pinsmith.errors import FileError, ParseError, PolicyError
from pinsmith.files import lock
from pinsmith.pinfile import MAX_BYTES, certificate_reader
from pinsmith.pinfile._decode import decode_document
from pinsmith.pinfile._fault import FaultError
from pinsmith.pinfile._read import parse_file
from pinsmith.pinfile._toml import decode, parse_toml
from pinsmith.pinfile._write import toml_value
from pinsmith.syntax.edit import Splice, apply
from pinsmith.syntax.toml import BYTE_ORDER_MARK
from pinsmith.syntax.toml_edit import Page
from pinsmith.syntax.toml_layout import key_text, path_text, scan

if TYPE_CHECKING:
    from pinsmith.pinfile._document import PinFile
    from pinsmith.syntax.toml_layout import Layout, Path, Table

Value = str | bool | int | dt.date | Sequence[str]


class Draft:
    """
    The text of a pin file, its data, and the file it came from.

    Args:
        text: The whole file.

        file: What errors call it.

    Raises:
        ParseError: *text* is not TOML, or its tables are not those of a pin file.
    """

    def __init__(self, text: str, *, file: str = "pins.toml") -> None:
        self.file = file
        self._mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        self._text = text.removeprefix(BYTE_ORDER_MARK)
        self._data = parse_toml(self._text, file=file)
        self._require_shape(self._text, self._data)
        self._path: str | None = None
        self._original = b""

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """
        Begin to change the pin file at *path*.

        Raises:
            ParseError: as for a text.
            FileError: it cannot be read.
        """
        file = os.fspath(path)
        content = files.read(file, most_bytes=MAX_BYTES, missing_hint="write one with `pinsmith init HOST`")
        mark = BYTE_ORDER_MARK if content.startswith(BYTE_ORDER_MARK.encode()) else ""
        draft = cls(mark + decode(content, file=file), file=file)
        draft._path, draft._original = file, content
        return draft

    @property
    def text(self) -> str:
        """The whole file as it stands now."""
        return self._mark + self._text

    def result(self) -> PinFile:
        """
        Read the file as it stands now.

        Raises:
            ParseError: the changes do not add up, such as a host that lost its last key.
        """
        reader = certificate_reader(self._path) if self._path else None
        return parse_file(self._text, file=self.file, read_certificate=reader)

    def save(self) -> None:
        """
        Write the file back, whole or not at all, if it is a sound pin file and differs.

        The lock beside the file is held meanwhile. Who holds it from `load` on cannot find the file changed.

        Raises:
            ParseError: the changes do not add up.
            LockedError: another command is changing the file.
            FileError: it cannot be written, or was changed by somebody else since `load`.
            PolicyError: the text was not read by `load`.
        """
        if self._path is None:
            raise PolicyError("a text that was not loaded has no file to save to", hint="use Edit.load")
        self.result()
        content = self.text.encode()
        if content == self._original:
            return
        with lock.held(self._path):
            if files.read(self._path, most_bytes=MAX_BYTES) != self._original:
                raise FileError(
                    f"{self._path} cannot be written: another program changed it meanwhile",
                    path=self._path,
                    hint="look at the file, then run the command again",
                )
            files.write_atomically(self._path, content)
        self._original = content

    def _set(self, path: Path, field: str, value: Value | None) -> None:
        layout = scan(self._text)
        data = copy.deepcopy(self._data)
        target: Any = data
        for step in path:
            target = target.get(step, {}) if isinstance(step, str) else target[step]
        here = (*path, field)
        if value is None:
            if target.pop(field, None) is None:
                return
            table = self._table(layout, path)
            if here not in table.entries:
                raise self._inline(here)
            self._change([Page(layout).remove_entry(table, here)], data)
            return
        target[field] = plain(value)
        if here in layout.values:
            start, end = layout.values[here]
            self._change([Splice(start, end, _in_quotes_of(self._text[start], value))], data)
        else:
            line = f"{key_text(field)} = {toml_value(value)}"
            self._change([Page(layout).insert_entry(self._table(layout, path), line)], data)

    def _table(self, layout: Layout, path: Path) -> Table:
        table = layout.table(path)
        if table is None:
            raise self._inline(path)
        return table

    def _inline(self, path: Path) -> PolicyError:
        return PolicyError(
            f"{path_text(path) or 'that place'} in {self.file} is not written in a way that can be changed here",
            hint="write hosts as [[host]] tables and keys as [keys.NAME] tables, one value on a line",
        )

    def _require_shape(self, text: str, data: dict[str, Any]) -> None:
        try:
            decode_document(data)
        except FaultError as fault:
            raise fault.in_file(text, self.file) from fault.__cause__

    def _change(self, splices: list[Splice], expected: dict[str, Any]) -> None:
        """Make the change if, read as TOML, it does what it should and nothing else."""
        text = apply(self._text, splices)
        try:
            data = parse_toml(text, file=self.file)
        except ParseError as error:
            raise self._inline(()) from error
        if data != expected:
            raise self._inline(())
        self._require_shape(text, data)
        self._text, self._data = text, data


def plain(value: Value) -> Any:  # noqa: ANN401 - as TOML has it
    return value if isinstance(value, str | bool | int | dt.date) else list(value)


def _in_quotes_of(quote: str, value: Value) -> str:
    if quote == "'" and isinstance(value, str) and "'" not in value and value.isprintable():
        return f"'{value}'"
    return toml_value(value)
