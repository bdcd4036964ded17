"""What signatures prove: of a bundle at an address, by python-tuf's client, and of what was kept, without network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    RepositoryError,
)
from tuf.api.metadata import Metadata, Root, Targets
from tuf.ngclient import Updater, UpdaterConfig

from pinsmith.errors.updates import (
    BundleError,
    InvalidUpdateError,
    StaleUpdateError,
    UpdateUnreachableError,
)
from pinsmith.updates.content import read_content
from pinsmith.updates.directory import MAX_METADATA_BYTES, MAX_TARGET_BYTES
from pinsmith.updates.in_force import Signed
from pinsmith.updates.root import require_sound
from pinsmith.updates.shelf import ROOTS
from pinsmith.updates.state import Kept
from pinsmith.updates.suspension import POLICY, SUSPENSIONS

if TYPE_CHECKING:
    from tuf.api.metadata import TargetFile
    from tuf.ngclient.fetcher import FetcherInterface

    from pinsmith.updates.shelf import Shelf

MAX_NEW_ROOTS: Final = 256
_CONFIG: Final = UpdaterConfig(
    max_root_rotations=MAX_NEW_ROOTS,
    root_max_length=MAX_METADATA_BYTES,
    timestamp_max_length=MAX_METADATA_BYTES,
    snapshot_max_length=MAX_METADATA_BYTES,
    targets_max_length=MAX_METADATA_BYTES,
)
_CLOCK: Final = "check the clock of this machine; the operator renews the bundle with `pinsmith bundle publish`"


class Client(Updater):
    """
    python-tuf's client, with a clock and a disk that may be wrong or full.

    It overrides how python-tuf 7 reads and writes its files, so `pyproject.toml` allows no other major release.

    Args:
        shelf: Where verified metadata is kept.

        address: The URL of the bundle, with a slash at its end.

        fetcher: Makes the requests.

        now: The trusted time, aware.
    """

    def __init__(self, shelf: Shelf, address: str, fetcher: FetcherInterface, now: datetime) -> None:
        self._shelf, self._address = shelf, address
        self._received: dict[str, bytes] = {}
        place, root = f"{address}metadata/", shelf.newest_root()
        super().__init__(str(shelf.path), place, fetcher=fetcher, config=_CONFIG, bootstrap=root)
        self._trusted_set.reference_time = now

    @property
    def targets(self) -> Targets:
        """The verified metadata of the targets role, after `refresh`."""
        return self._trusted_set.targets

    @property
    def targets_json(self) -> bytes:
        """The same, as it was received: the last that was loaded or kept is the one that was verified."""
        return self._received[Targets.type]

    @property
    def fresh_until(self) -> datetime:
        """When the freshness that was shown ends."""
        trusted = self._trusted_set
        return min(trusted.timestamp.expires, trusted.snapshot.expires, trusted.targets.expires)

    def download(self, info: TargetFile) -> bytes:
        """Return the verified file. It is not written."""
        if info.length > MAX_TARGET_BYTES:
            raise DownloadLengthMismatchError(f"{info.path} has {info.length} bytes, which is too much")
        content = self._fetcher.download_bytes(
            f"{self._address}targets/{info.hashes['sha256']}.{info.path}", info.length
        )
        info.verify_length_and_hashes(content)
        return content

    def _load_local_metadata(self, rolename: str) -> bytes:
        self._received[rolename] = self._shelf.get(f"{rolename}.json")
        return self._received[rolename]

    def _persist_metadata(self, rolename: str, data: bytes) -> None:
        self._received[rolename] = data
        self._shelf.put(f"{rolename}.json", data)

    def _persist_root(self, version: int, data: bytes) -> None:
        try:  # python-tuf counts a key that is listed under two ids as two signatures
            require_sound(Metadata[Root].from_bytes(data).signed)
        except BundleError as error:
            raise RepositoryError(f"root {version} cannot be trusted: {error}") from error
        if data != self._shelf.newest_root():
            self._shelf.put(f"{ROOTS}/{version}.root.json", data)

    def _update_root_symlink(self) -> None:
        """Do nothing: the root of the program is always the first that is trusted."""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    The answer of an address: metadata that is signed and fresh. What it names was not fetched yet.

    Attributes:
        client: Gets it.
        json: The metadata of the targets role, as it was received.
    """

    client: Client
    json: bytes


def ask(shelf: Shelf, address: str, fetcher: FetcherInterface, now: datetime) -> Asked:
    """
    Get newer metadata from an address.

    Raises:
        UpdateUnreachableError: If it does not answer.
        InvalidUpdateError: If the answer is not signed as it should be.
        StaleUpdateError: If it has expired, or is older than what was seen.
    """
    try:
        client = Client(shelf, address, fetcher, now)
        client.refresh()
        return Asked(client, client.targets_json)
    except (RepositoryError, DownloadError, OSError) as error:
        raise _explained(address, error) from error


def download(asked: Asked, address: str) -> Kept:
    """
    Fetch the policy and the suspensions.

    Raises:
        UpdateUnreachableError: If the address does not answer.
        InvalidUpdateError: If a file is not the one that was signed.
        BundleError: If the metadata names no policy, or a file is not text.
    """
    found = asked.client.targets.targets
    if not {POLICY, SUSPENSIONS} <= found.keys():
        raise BundleError("the signed metadata does not name a policy and its suspensions")
    try:
        policy, suspensions = (asked.client.download(found[name]) for name in (POLICY, SUSPENSIONS))
        return Kept(asked.json.decode(), policy.decode(), suspensions.decode())
    except UnicodeDecodeError as error:
        raise BundleError("a signed file is not text in UTF-8") from error
    except (RepositoryError, DownloadError, KeyError) as error:
        raise _explained(address, error) from error


def read(kept: Kept) -> Signed:
    """
    Read what was signed. The signatures are not verified here, but the hashes of the files are.

    Raises:
        BundleError: If it cannot be used.
        SuspensionError: If a suspension cannot.
    """
    targets = _targets(kept).signed
    contents = {POLICY: kept.policy.encode(), SUSPENSIONS: kept.suspensions.encode()}

    def verified(info: TargetFile) -> bytes:
        try:
            info.verify_length_and_hashes(contents[info.path])
        except RepositoryError as error:
            raise BundleError(f"{info.path} is not the file that was signed") from error
        return contents[info.path]

    content = read_content(targets, verified)
    return Signed(targets.version, content.policy, content.suspensions, targets.expires.astimezone(UTC))


def is_signed(shelf: Shelf, kept: Kept, *, by_newest: bool = False) -> bool:
    """
    Say whether enough people have signed what was kept, by the keys of a root that the program trusts.

    Args:
        shelf: Has the roots.

        kept: The policy. It may have expired.

        by_newest: Whether the keys of the newest root must have signed it. Otherwise, those of any root will do, which
            is what was verified when the policy came.
    """
    roots = shelf.roots()
    for root in roots[-1:] if by_newest else roots:
        try:
            metadata = _targets(kept)
            root.verify_delegate(Targets.type, metadata.signed_bytes, metadata.signatures)
        except (RepositoryError, BundleError):
            continue
        return True
    return False


def is_same(asked: Asked, kept: Kept) -> bool:
    """Say whether an address shows what was kept, whoever has signed it."""
    return asked.client.targets == _targets(kept).signed


def _targets(kept: Kept) -> Metadata[Targets]:
    try:
        metadata = Metadata[Targets].from_bytes(kept.targets.encode())
    except RepositoryError as error:
        raise BundleError("the metadata that was kept is damaged") from error
    if metadata.signed.type != Targets.type:
        raise BundleError("the metadata that was kept is not that of targets")
    return metadata


def _explained(address: str, error: Exception) -> UpdateUnreachableError | InvalidUpdateError | StaleUpdateError:
    reason = str(error) or type(error).__name__
    if isinstance(error, (ExpiredMetadataError, BadVersionNumberError)):
        return StaleUpdateError(
            f"{address} shows an old state, so the policy in force stays: {reason}", address=address, hint=_CLOCK
        )
    if isinstance(error, DownloadError) and not isinstance(error, DownloadLengthMismatchError):
        return UpdateUnreachableError(
            f"{address} did not answer, so the policy in force stays: {reason}",
            address=address,
            hint="check the network, and the pins of the program for this host",
        )
    return InvalidUpdateError(
        f"{address} has an update that is not valid, so the policy in force stays: {reason}",
        address=address,
        hint="the operator finds the reason with `pinsmith bundle verify`",
    )
