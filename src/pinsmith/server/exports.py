"""
The files of platforms, made from the pin files that the service watches, as `pinsmith export` would make them.

Nothing is written, and nothing is exported that `pinsmith export` would refuse. The service never signs, because an
option that names a private key would let everybody who reaches it read or use keys of this machine.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from pinsmith import sync
from pinsmith.checks import ending
from pinsmith.errors import ExportError
from pinsmith.formats import COMMON_OPTIONS
from pinsmith.limit import MAX_BYTES
from pinsmith.server.endpoint import RefusedError, missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pinsmith.finding import Finding
    from pinsmith.formats import Format
    from pinsmith.pinfile import Option, PinFile

SIGNING_KEY: Final = "signing-key"
_MAX_WAITING: Final = 8  # requests, each of which waits for the ones before it
_MAX_OPTION: Final = 1000  # characters
_MAX_OPTIONS: Final = 20_000
_TYPES: Final = {
    ".csv": "text/csv",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".pem": "application/x-pem-file",
    ".plist": "application/xml",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


@dataclass(frozen=True, slots=True)
class Source:
    """
    A pin file that the service watches.

    Attributes:
        id: Its name in paths: the name of the file, with a number if several files have the same name.
        path: The file.
        read: Its content that is in force; None if it was not read yet.
    """

    id: str
    path: Path
    read: PinFile | None


@dataclass(frozen=True, slots=True)
class OutputFile:
    """
    A file of an output.

    Attributes:
        name: Relative to the folder of the main file.
        content: All of it.
        media_type: Its type.
    """

    name: str
    content: bytes
    media_type: str

    @property
    def text(self) -> str | None:
        """The content; None if it is not text."""
        try:
            text = self.content.decode()
        except UnicodeDecodeError:
            return None
        return None if "\0" in text else text


@dataclass(frozen=True, slots=True)
class Output:
    """
    What an export makes.

    Attributes:
        files: The main file, and those that the format needs beside it.
        hosts: The hosts that they pin.
        losses: The settings that they do not express; all of them were accepted or need no consent.
        ending: The hosts whose pins have ended or end soon.
    """

    files: tuple[OutputFile, ...]
    hosts: tuple[str, ...]
    losses: tuple[Finding, ...]
    ending: tuple[Finding, ...]


def sources(pin_files: Mapping[Path, PinFile | None]) -> list[Source]:
    """Name the pin files, in their order."""
    seen = Counter[str]()
    named = []
    for path, read in pin_files.items():
        seen[path.name] += 1
        number = seen[path.name]
        named.append(Source(path.name if number == 1 else f"{path.name}~{number}", path, read))
    return named


def choose(named: Sequence[Source], wanted: str) -> tuple[Source, tuple[str, ...]]:
    """
    Return the pin file with a name, or the only one that contains a host, and this host.

    Raises:
        RefusedError: If there is none, if there are several, or if the file was not read yet.
    """
    found = [source for source in named if source.id == wanted]
    hosts: tuple[str, ...] = ()
    if not found:
        found = [source for source in named if source.read is not None and source.read.policy.entry_of(wanted)]
        hosts = (wanted,)
    if not found:
        raise missing(f"there is no pin file {wanted}, and no pin file contains such a host")
    if len(found) > 1:
        hint = f"name the pin file and the host, as in {found[0].id}?hosts={wanted}"
        raise RefusedError(409, "ambiguous", f"several pin files contain {wanted}", hint=hint)
    if found[0].read is None:
        raise RefusedError(503, "not-read", f"{wanted} was not read yet")
    return found[0], hosts


def options_of(target: Format, given: Iterable[tuple[str, str]]) -> dict[str, Option]:
    """
    Read the fields of a query as ``[[output]]`` would hold them; a field without a value counts for nothing.

    Raises:
        ExportError: If a value is too long, is not of its kind, or names a private key.
    """
    kinds = {option.name: option.kind for option in (*target.options, *COMMON_OPTIONS)}
    found: dict[str, Option] = {}
    for number, (name, text) in enumerate(given):
        if not text:
            continue
        if name == SIGNING_KEY:
            raise ExportError("the service does not sign", hint="run `pinsmith export` where the private key is")
        if number >= _MAX_OPTIONS or len(text) > _MAX_OPTION:
            raise ExportError(f"the option {name[:_MAX_OPTION]!r} is too long")
        kind = kinds.get(name, str)
        if kind is tuple:
            before = found.get(name, ())
            found[name] = (*(before if isinstance(before, tuple) else ()), *text.replace(",", " ").split())
        else:
            found[name] = _value(text, kind)
    return found


def _value(text: str, kind: type) -> Option:
    if kind is bool and text in {"true", "false"}:
        return text == "true"
    return int(text) if kind is int and text.isascii() and text.isdecimal() else text


def file_name(target: Format) -> str:
    """Return the usual name of the main file of a format."""
    return PurePosixPath(target.place).name or f"pins{target.suffixes[0]}"


def make(target: Format, source: Source, options: Mapping[str, Option], now: datetime) -> Output:
    """
    Make the files of an output, or refuse as `pinsmith export` does.

    Args:
        target: The format.

        source: A pin file that was read.

        options: As in ``[[output]]``, from `options_of`.

        now: Aware; decides whether pins end soon.

    Raises:
        ExportError: As `pinsmith.sync.export`, or if pins end soon and that is not allowed.
        FileError: If a certificate of a key cannot be read.
        UnknownFormatError: If the format can only be read.
    """
    assert source.read is not None  # noqa: S101 - the caller has looked
    policy, name = source.read.policy, file_name(target)
    made = sync.export(policy, target, source.path, options=options, name=name, now=now)
    found = ending.find(policy, made.hosts, now=now)
    if not options.get("allow-ending"):
        ending.require_lasting(found, target.id)
    contents = {name: made.text.encode(), **made.attachments}
    if sum(map(len, contents.values())) > MAX_BYTES:
        raise ExportError(f"the files have more than {MAX_BYTES // 10**6} MB", hint="name fewer hosts")
    files = tuple(_file(beside, content) for beside, content in contents.items())
    return Output(files, made.hosts, made.losses, found)


def _file(name: str, content: bytes) -> OutputFile:
    known = _TYPES.get(PurePosixPath(name).suffix)
    file = OutputFile(name, content, known or "text/plain")
    return file if known or file.text is not None else OutputFile(name, content, "application/octet-stream")


class Exports:
    """Makes one output at a time in a thread, so that the loop answers others, and lets few requests wait."""

    def __init__(self) -> None:
        """Begin with none."""
        self._one_at_a_time = asyncio.Semaphore(1)
        self._waiting = 0

    async def make(self, target: Format, source: Source, options: Mapping[str, Option], now: datetime) -> Output:
        """
        Make an output.

        Raises:
            RefusedError: If too many requests wait.
            PinsmithError: As `make`.
        """
        if self._waiting >= _MAX_WAITING:
            raise RefusedError(503, "busy", "too many outputs are made at the moment", hint="try again in some seconds")
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                return await asyncio.to_thread(make, target, source, options, now)
        finally:
            self._waiting -= 1
