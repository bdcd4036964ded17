"""
The directory of a bundle: what is published, and what waits for signatures.

::

    bundle/
    ├── metadata/      published: 1.root.json, 2.targets.json, 7.snapshot.json, timestamp.json
    ├── targets/       published: the policies and suspensions, each under its SHA-256
    └── proposed/      waits for signatures: root.json, targets.json and the files that it signs

Everything in it is public. It can be kept in version control, so that a proposal is a pull request.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import JSONSerializer

from pinsmith import files
from pinsmith.errors.updates import BundleError
from pinsmith.limit import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from tuf.api.metadata import TargetFile

MAX_METADATA_BYTES: Final = 512_000
MAX_TARGET_BYTES: Final = MAX_BYTES

SERIALIZER: Final = JSONSerializer(compact=False)  # a proposal is read by people, in a pull request

T = TypeVar("T", Root, Timestamp, Snapshot, Targets)
_OF_VERSION: Final = re.compile(r"([1-9][0-9]{0,9})\.(root|targets|snapshot)\.json")


@dataclass(frozen=True, slots=True)
class Directory:
    """A bundle at a path. It reads and does not verify: `pinsmith.updates.publication` and clients do."""

    path: Path

    @property
    def metadata(self) -> Path:
        """The directory of published metadata."""
        return self.path / "metadata"

    @property
    def targets(self) -> Path:
        """The directory of published targets."""
        return self.path / "targets"

    @property
    def proposed(self) -> Path:
        """The directory of what waits for signatures."""
        return self.path / "proposed"

    def require_exists(self) -> None:
        """
        Raise unless a bundle was made here.

        Raises:
            BundleError: If not.
        """
        if not self.roots() and not (self.proposed / "root.json").exists():
            raise BundleError(f"{self.path} is not a bundle", hint="make one with `pinsmith bundle init`")

    def roots(self) -> list[int]:
        """List the versions of the published root, ascending."""
        return self._versions("root")

    def root(self) -> Metadata[Root] | None:
        """Read the newest published root; None if there is none."""
        return self._newest("root", Root)

    def targets_metadata(self) -> Metadata[Targets] | None:
        """Read the newest published targets; None if there are none."""
        return self._newest("targets", Targets)

    def earlier_targets(self) -> list[Metadata[Targets]]:
        """Read the published targets before the newest ones, oldest first."""
        paths = (self.metadata / f"{version}.targets.json" for version in self._versions("targets")[:-1])
        return [metadata for path in paths if (metadata := self._read(path, Targets)) is not None]

    def snapshot(self) -> Metadata[Snapshot] | None:
        """Read the newest published snapshot; None if there is none."""
        return self._newest("snapshot", Snapshot)

    def timestamp(self) -> Metadata[Timestamp] | None:
        """Read the published timestamp; None if there is none."""
        return self._read(self.metadata / "timestamp.json", Timestamp)

    def proposed_root(self) -> Metadata[Root] | None:
        """Read the proposed root; None if there is none."""
        return self._read(self.proposed / "root.json", Root)

    def proposed_targets(self) -> Metadata[Targets] | None:
        """Read the proposed targets; None if there are none."""
        return self._read(self.proposed / "targets.json", Targets)

    def propose(self, metadata: Metadata[Root] | Metadata[Targets]) -> None:
        """
        Write a proposal.

        Raises:
            FileError: If it cannot be written.
        """
        path = self.proposed / f"{metadata.signed.type}.json"
        files.make_parents(path)
        files.write_atomically(path, metadata.to_bytes(SERIALIZER))

    def proposed_target(self, info: TargetFile) -> bytes:
        """
        Read a proposed file.

        Raises:
            BundleError: If it is not the one that the proposed targets name.
            FileError: If it cannot be read.
        """
        return self._target(self.proposed / info.path, info)

    def target(self, info: TargetFile) -> bytes:
        """
        Read a published file.

        Raises:
            BundleError: If it is not the one that the targets name.
            FileError: If it cannot be read.
        """
        return self._target(self.published_target(info), info)

    def published_target(self, info: TargetFile) -> Path:
        """Return where a file is published: its hash is a part of the name."""
        return self.targets / f"{info.hashes['sha256']}.{info.path}"

    def _target(self, path: Path, info: TargetFile) -> bytes:
        content = files.read(path, most_bytes=MAX_TARGET_BYTES)
        try:
            info.verify_length_and_hashes(content)
        except RepositoryError as error:
            raise BundleError(
                f"{path} is not the file that the metadata beside it names",
                hint="restore both from version control, or propose again",
            ) from error
        return content

    def _newest(self, role: str, kind: type[T]) -> Metadata[T] | None:
        versions = self._versions(role)
        return self._read(self.metadata / f"{versions[-1]}.{role}.json", kind) if versions else None

    def _versions(self, role: str) -> list[int]:
        with files.explained(str(self.metadata), "cannot be read"):
            names = [path.name for path in self.metadata.iterdir()] if self.metadata.is_dir() else []
        found = (_OF_VERSION.fullmatch(name) for name in names)
        return sorted(int(match[1]) for match in found if match is not None and match[2] == role)

    def _read(self, path: Path, kind: type[T]) -> Metadata[T] | None:
        if not path.exists():
            return None
        try:
            metadata: Metadata[T] = Metadata.from_bytes(files.read(path, most_bytes=MAX_METADATA_BYTES))
        except (DeserializationError, RepositoryError, RecursionError) as error:
            raise BundleError(f"{path} is not TUF metadata", hint="restore it from version control") from error
        if not isinstance(metadata.signed, kind):
            raise BundleError(
                f"{path} contains the role {metadata.signed.type}", hint="restore it from version control"
            )
        return metadata


def default_of(pin_file: Path) -> Directory:
    """Return the bundle beside a pin file."""
    return Directory(pin_file.parent / "bundle")
