"""A pin file and its journal, which are changed together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pinsmith.files.transaction import Content, write_all
from pinsmith.host import canonical_host
from pinsmith.pinfile import Edit
from pinsmith.rotation.journal import Journal
from pinsmith.sync import Consent, compare
from pinsmith.sync.write import contents_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from pinsmith.policy import Key, Policy


@dataclass(frozen=True, slots=True)
class Books:
    """
    A pin file and its journal, which are changed together; the caller holds the lock of the pin file.

    Attributes:
        path: The pin file.
        edit: The same, loaded.
        journal: That of the pin file.
    """

    path: Path
    edit: Edit
    journal: Journal

    @classmethod
    def open(cls, path: Path) -> Self:
        """
        Read the pin file at *path*, and its journal.

        Raises:
            FileError: If one of them cannot be read.
            JournalError: If the journal is damaged.
            ParseError: If the pin file is not one.
        """
        return cls(path, Edit.load(path), Journal.beside(path))

    @property
    def policy(self) -> Policy:
        """The pins, with the changes made so far."""
        return self.edit.result().policy

    def enter(self, key: Key, hosts: Sequence[str]) -> None:
        """
        Add *key* to the pin file, and let *hosts* present it; nothing is written.

        Raises:
            HostError: If one of *hosts* is not a host.
            PolicyError: If the name is taken, or a host is not in the file.
        """
        self.edit.add_key(key)
        for host in dict.fromkeys(map(canonical_host, hosts)):
            self.edit.add_key_to_host(host, key.name)

    def save(self) -> None:
        """
        Write the pin file and the journal: both or none, also if the process is killed.

        Raises:
            ParseError: If the result is not a valid pin file.
            FileError: If a file cannot be written, or was changed meanwhile.
        """
        self.edit.result()
        self._write({})

    def save_with_outputs(self, now: datetime) -> list[str]:
        """
        Write the pin file, its outputs, pins.lock and the journal: all or none, also if the process is killed.

        Args:
            now: Aware; decides which pins have ended.

        Returns:
            The names of the outputs that were written.

        Raises:
            ForeignPinsError: If an output would lose pinning that pinsmith did not write.
            EndingPinsError: If pins that would be written end.
            FileError: If a file cannot be written, or was changed meanwhile; no file has changed then.
        """
        compared = compare(self.edit.result(), self.path, now=now)
        self._write(contents_of(compared, Consent()))
        return [change.name for change in compared.needed]

    def _write(self, contents: dict[Path, Content]) -> None:
        if self.edit.text.encode() != self.edit.original:
            contents[self.path] = Content(self.edit.original, self.edit.text.encode())
        contents[self.journal.path] = Content(self.journal.original, self.journal.content)
        write_all(self.path, contents)
