"""
Take a single-file program of .NET apart, and make other programs from its runtime.

Such a file contains a host with the runtime, then assemblies, then a list of the assemblies. The host contains the
position of the list, before a mark. This module takes a program that contains its runtime, and makes others. They have
the same host and the same assemblies of .NET, but no other part of that program.

Source: dotnet/runtime, docs/design/features/host-startup.md and src/native/corehost/bundle/; format 6.0, of .NET 6 and
later
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MARK: Final = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")
_FORMAT: Final = (6, 0)
_PAGE: Final = 4096
_ASSEMBLY, _DEPENDENCIES, _CONFIGURATION = 1, 3, 4
_PLACES: Final = struct.Struct("<qqqqQ")
_MEMBER: Final = struct.Struct("<qqqB")
_PACK: Final = "runtimepack.Microsoft.NETCore.App.Runtime."


@dataclass(frozen=True, slots=True)
class Runtime:
    """
    The parts of a .NET runtime.

    Attributes:
        version: The version of .NET.
        host: The program at the beginning of the file.
        assemblies: The assemblies of the framework, by file name.
        configuration: The configuration of the runtime, as JSON.
        target: The target that the host looks up in the list of dependencies.
        main: The name of the original program's main assembly, which the host contains.
    """

    version: str
    host: bytes
    assemblies: Mapping[str, bytes]
    configuration: bytes
    target: str
    main: bytes

    @classmethod
    def of_program(cls, file: Path) -> Runtime:
        """Take apart a program that contains its runtime."""
        content = file.read_bytes()
        (start,) = struct.unpack_from("<q", content, content.index(_MARK) - 8)
        members = _read(content, start)
        dependencies = json.loads(next(content for name, content in members.items() if name.endswith(".deps.json")))
        configuration = next(content for name, content in members.items() if name.endswith(".runtimeconfig.json"))
        target = dependencies["runtimeTarget"]["name"]
        pack = next(name for name in dependencies["targets"][target] if name.startswith(_PACK))
        names = dependencies["targets"][target][pack]["runtime"]
        host = content[: min(content.index(part) for part in (configuration, members["mscorlib.dll"]))]
        kept = {name: members[name] for name in names}
        main = f"{file.name}.dll".encode()
        return cls(pack.rpartition("/")[2], host, kept, _quick(configuration), target, main)

    def program(self, name: str, main: bytes) -> bytes:
        """Return a single-file program with *main* as its main assembly."""
        files = {**self.assemblies, f"{name}.dll": main}
        files[f"{name}.deps.json"] = self._dependencies(name)
        files[f"{name}.runtimeconfig.json"] = self.configuration
        made, entries, places = bytearray(self._host(name)), bytearray(), {}
        for file, content in files.items():
            made += bytes(-len(made) % _PAGE)
            kind = _kind(file)
            places[kind] = (len(made), len(content))
            entries += _MEMBER.pack(len(made), len(content), 0, kind) + _text(file)
            made += content
        struct.pack_into("<q", made, made.index(_MARK) - 8, len(made))
        made += struct.pack("<III", *_FORMAT, len(files)) + _text(name)
        made += _PLACES.pack(*places[_DEPENDENCIES], *places[_CONFIGURATION], 0)
        return bytes(made + entries)

    def _host(self, name: str) -> bytes:
        file = f"{name}.dll".encode()
        assert len(file) <= len(self.main)
        return self.host.replace(self.main + b"\0", file.ljust(len(self.main) + 1, b"\0"))

    def _dependencies(self, name: str) -> bytes:
        pack = f"{_PACK}linux-x64/{self.version}"
        dependencies = {
            "runtimeTarget": {"name": self.target},
            "targets": {
                self.target: {
                    f"{name}/1.0.0": {"dependencies": {}, "runtime": {f"{name}.dll": {}}},
                    pack: {"runtime": {file: {} for file in self.assemblies}},
                }
            },
            "libraries": {
                f"{name}/1.0.0": {"type": "project", "serviceable": False, "sha512": ""},
                pack: {"type": "runtimepack", "serviceable": False, "sha512": ""},
            },
        }
        return json.dumps(dependencies).encode()


def _quick(configuration: bytes) -> bytes:
    """Switch off what pays only in long programs, and the library with the data of all cultures."""
    settings = json.loads(configuration)
    settings["runtimeOptions"]["configProperties"] |= {
        "System.GC.Concurrent": False,
        "System.Globalization.Invariant": True,
        "System.Runtime.TieredPGO": False,
    }
    return json.dumps(settings).encode()


def _read(content: bytes, start: int) -> dict[str, bytes]:
    *version, count = struct.unpack_from("<III", content, start)
    assert tuple(version) == _FORMAT, f"the program is of format {version}"
    _, at = _word(content, start + 12)
    at += _PLACES.size
    members = {}
    for _ in range(count):
        offset, size, compressed, _kind_of_file = _MEMBER.unpack_from(content, at)
        assert not compressed
        name, at = _word(content, at + _MEMBER.size)
        members[name] = content[offset : offset + size]
    return members


def _word(content: bytes, at: int) -> tuple[str, int]:
    size = shift = 0
    while True:
        byte = content[at]
        at += 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return content[at : at + size].decode(), at + size


def _text(word: str) -> bytes:
    assert len(word) < 0x80, "a longer name needs a length of two bytes"
    return bytes([len(word)]) + word.encode()


def _kind(file: str) -> int:
    suffixes = {".deps.json": _DEPENDENCIES, ".runtimeconfig.json": _CONFIGURATION}
    return next((kind for suffix, kind in suffixes.items() if file.endswith(suffix)), _ASSEMBLY)
