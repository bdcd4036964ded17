"""
Binary XML, the form of XML files in an APK.

Source:
    ResTable and ResXMLTree in ResourceTypes.h (see `pinsmith.audit.packages._chunk`)
"""

from __future__ import annotations

import struct
from typing import Final

from pinsmith.audit.packages._chunk import NONE, POOL, Chunk, Pool, chunks, damaged, first_chunk, value_text
from pinsmith.audit.packages._tree import Attribute, Builder, Element

_XML: Final = 0x0003
_MAP: Final = 0x0180
_START, _END, _TEXT = 0x0102, 0x0103, 0x0104
_STRING: Final = 0x03
_WHAT: Final = "binary XML file"


def is_axml(content: bytes) -> bool:
    """Say whether a file may be binary XML."""
    return content[:4] == b"\x03\x00\x08\x00"


def read_axml(content: bytes, name: str) -> Element:
    """
    Read binary XML.

    Raises:
        FormatError: If it is damaged, or too large when its strings are put in place.
    """
    with damaged(name, _WHAT):
        return _Reader(content).run()


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._pool: Pool | None = None
        self._resources: tuple[int, ...] = ()
        self._builder = Builder()

    def run(self) -> Element:
        root = first_chunk(self._content, _XML)
        for chunk in chunks(self._content, root.body, root.end):
            if chunk.kind == POOL and self._pool is None:
                self._pool = Pool(self._content, chunk)
            elif chunk.kind == _MAP:
                count = (chunk.end - chunk.body) // 4
                self._resources = struct.unpack_from(f"<{count}I", self._content, chunk.body)
            elif self._pool is not None:
                self._node(chunk, self._pool)
        return self._builder.result()

    def _node(self, chunk: Chunk, pool: Pool) -> None:
        if chunk.kind == _START:
            (line,) = struct.unpack_from("<I", self._content, chunk.start + 8)
            name, first, size, count = struct.unpack_from("<4xIHHH", self._content, chunk.body)
            element = Element(pool[name], line)
            start = chunk.body + first
            if start + size * count > chunk.end:
                raise IndexError
            element.attributes += [self._attribute(start + size * number, pool) for number in range(count)]
            self._builder.start(element)
        elif chunk.kind == _END:
            self._builder.end()
        elif chunk.kind == _TEXT:
            (text,) = struct.unpack_from("<I", self._content, chunk.body)
            self._builder.text(pool[text])

    def _attribute(self, at: int, pool: Pool) -> Attribute:
        namespace, name, raw, kind, number = struct.unpack_from("<III3xBI", self._content, at)
        value = pool[raw] if kind == _STRING and raw != NONE else value_text(kind, number, pool)
        return Attribute(
            namespace="" if namespace == NONE else pool[namespace],
            name=pool[name],
            resource=self._resources[name] if name < len(self._resources) else 0,
            value=value,
        )
