"""The metadata that a client has verified: on disk, or in memory as long as the disk does not take it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from pinsmith import files
from pinsmith.errors import FileError
from pinsmith.errors.updates import UpdateSettingsError
from pinsmith.updates.directory import MAX_METADATA_BYTES

if TYPE_CHECKING:
    from pathlib import Path

ROOTS: Final = "root_history"  # as python-tuf's client names it
_MODE: Final = 0o600
_log = logging.getLogger("pinsmith.updates")


class Shelf:
    """
    Keeps metadata by the name of its file.

    Args:
        path: The directory. It is made when something is written.

        root: The root that the program was built with.

    Attributes:
        problem: Why the last file was not written; None if it was.

    Raises:
        UpdateSettingsError: If *root* is not a root that is signed by its own keys.
    """

    def __init__(self, path: Path, root: bytes) -> None:
        self.path, self._root = path, root
        self.problem: FileError | None = None
        self._unwritten: dict[str, bytes] = {}
        try:
            self._first = Metadata[Root].from_bytes(root)
            self._first.signed.verify_delegate(Root.type, self._first.signed_bytes, self._first.signatures)
        except (RepositoryError, AttributeError) as error:  # damaged, or the metadata of another role
            raise UpdateSettingsError(
                f"the root of the program cannot be used: {error}",
                hint="build the program with the file 1.root.json of the bundle, or a later root",
            ) from error

    def get(self, name: str) -> bytes:
        """
        Return the file *name*; nothing is verified.

        Raises:
            OSError: If there is none, or it is damaged.
        """
        if name in self._unwritten:
            return self._unwritten[name]
        try:
            content = files.read(self.path / name, most_bytes=MAX_METADATA_BYTES)
        except FileError as error:
            raise OSError(str(error)) from error
        try:
            Metadata.from_bytes(content)
        except RepositoryError as error:
            _log.warning("%s is damaged, so it is fetched again", self.path / name)
            raise OSError(f"{name} is damaged") from error
        return content

    def put(self, name: str, content: bytes) -> None:
        """Keep the file *name*. If it cannot be written, it is kept in memory, and `problem` is set."""
        path = self.path / name
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.write_atomically(path, content, mode=_MODE)
        except FileError as error:
            self._unwritten[name], self.problem = content, error
        except OSError as error:
            problem = FileError(f"{path.parent} cannot be made: {files.words_of(error)}", path=str(path.parent))
            self._unwritten[name], self.problem = content, problem
        else:
            self._unwritten.pop(name, None)

    def roots(self) -> list[Root]:
        """List the roots from that of the program to the newest, each signed by the keys of the one before it."""
        return [root for root, _ in self._chain()]

    def newest_root(self) -> bytes:
        """Return the last of these."""
        return self._chain()[-1][1]

    def _chain(self) -> list[tuple[Root, bytes]]:
        found = [(self._first.signed, self._root)]
        while True:
            last = found[-1][0]
            try:
                content = self.get(f"{ROOTS}/{last.version + 1}.root.json")
                metadata = Metadata[Root].from_bytes(content)
                last.verify_delegate(Root.type, metadata.signed_bytes, metadata.signatures)
                metadata.signed.verify_delegate(Root.type, metadata.signed_bytes, metadata.signatures)
            except (OSError, RepositoryError, AttributeError):  # damaged, or the metadata of another role
                return found
            if metadata.signed.version != last.version + 1:
                return found
            found.append((metadata.signed, content))
