"""A bundle, read as a client reads it that has nothing but the first root."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, ExpiredMetadataError, RepositoryError
from tuf.api.metadata import Snapshot, Targets, Timestamp
from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface

from pinsmith import files
from pinsmith.errors.updates import BundleError
from pinsmith.updates.content import read_content
from pinsmith.updates.directory import MAX_METADATA_BYTES, MAX_TARGET_BYTES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from tuf.api.metadata import TargetFile

    from pinsmith.updates.content import Content
    from pinsmith.updates.directory import Directory

CONFIG: Final = UpdaterConfig(
    root_max_length=MAX_METADATA_BYTES,
    timestamp_max_length=MAX_METADATA_BYTES,
    snapshot_max_length=MAX_METADATA_BYTES,
    targets_max_length=MAX_METADATA_BYTES,
)
_PLACE: Final = "http://bundle.invalid/"


@dataclass(frozen=True, slots=True)
class Verified:
    """
    What a client gets.

    Attributes:
        content: The policy and its suspensions.
        version: Of the targets.
        policy_expires: When clients stop to use the policy, UTC.
        fresh_until: When the freshness must be signed again, UTC.
        root_expires: When the root must be signed again, UTC.
    """

    content: Content
    version: int
    policy_expires: dt.datetime
    fresh_until: dt.datetime
    root_expires: dt.datetime


def verify_directory(directory: Directory, root: bytes, *, now: dt.datetime) -> Verified:
    """
    Verify what is published in a directory.

    Args:
        directory: The bundle.

        root: The root that programs were built with.

        now: Aware.

    Raises:
        BundleError: If a client would refuse it, with the reason.
    """
    return verify(FromDirectory(directory.path), _PLACE, root, now=now)


def verify(fetcher: FetcherInterface, address: str, root: bytes, *, now: dt.datetime) -> Verified:
    """
    Verify what is published at an address, with what *fetcher* gets there. Nothing is kept.

    Raises:
        BundleError: If a client would refuse it, with the reason.
    """
    place = "in the folder" if address == _PLACE else f"at {address}"
    with tempfile.TemporaryDirectory(prefix="pinsmith-") as name:
        cache = Path(name)
        for inner in ("metadata", "targets"):
            (cache / inner).mkdir()
        try:
            updater = Updater(
                str(cache / "metadata"),
                address + "metadata/",
                str(cache / "targets"),
                address + "targets/",
                fetcher,
                CONFIG,
                bootstrap=root,
            )
            updater._trusted_set.reference_time = now  # noqa: SLF001 - it would be the system's, and none of its own
            updater.refresh()
            return _verified(updater)
        except ExpiredMetadataError as error:
            raise BundleError(
                f"clients refuse the bundle {place}, because it has expired: {error}",
                hint="sign what has expired again: `pinsmith bundle show` says which",
            ) from error
        except (RepositoryError, DownloadError, ValueError) as error:
            raise BundleError(
                f"clients refuse the bundle {place}: {error}",
                hint="restore it from version control, or publish it again",
            ) from error


def _verified(updater: Updater) -> Verified:
    trusted = updater._trusted_set  # noqa: SLF001 - the only place with the metadata that were verified
    targets, timestamp, snapshot = trusted[Targets.type], trusted[Timestamp.type], trusted[Snapshot.type]
    assert isinstance(targets, Targets)  # noqa: S101 - for mypy

    def read(info: TargetFile) -> bytes:
        if info.length > MAX_TARGET_BYTES:
            raise BundleError(f"{info.path} has {info.length:,} bytes, more than clients read")
        return Path(updater.download_target(info)).read_bytes()

    return Verified(
        read_content(targets, read),
        targets.version,
        targets.expires,
        min(timestamp.expires, snapshot.expires),
        trusted.root.expires,
    )


class FromDirectory(FetcherInterface):
    """Gets the files of a directory, as if a web host published them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = self._path / urlsplit(url).path.lstrip("/")
        if not path.is_file():
            raise DownloadHTTPError(f"{path} does not exist", 404)
        return iter((files.read(path, most_bytes=MAX_TARGET_BYTES),))
