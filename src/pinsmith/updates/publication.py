"""What is published: signed by enough people, and then by the online key, which says only that it is still fresh."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, MetaFile, Snapshot, Targets, Timestamp

from pinsmith import files
from pinsmith.errors.updates import BundleError, SigningError
from pinsmith.updates.directory import SERIALIZER
from pinsmith.updates.proposal import more_people, progress, require_plain, roles_in_force
from pinsmith.updates.signing import name_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from securesystemslib.signer import Signer
    from tuf.api.metadata import Root

    from pinsmith.updates.directory import Directory

FRESH_DAYS: Final = 7
MAX_FRESH_DAYS: Final = 31


def publish(directory: Directory, online: Signer, *, now: datetime, days: int = FRESH_DAYS) -> list[Path]:
    """
    Publish what is proposed, if there is anything, and sign that all of it is fresh. A killed call can be repeated.

    Each file is new, except ``timestamp.json``, which is written last. So clients see the old state or the new one.

    Args:
        directory: A bundle.

        online: The online key.

        now: Aware.

        days: How long clients take it for fresh. Renew it well before.

    Returns:
        The files that are new.

    Raises:
        BundleError: If nothing was ever proposed, signatures are missing, or what is published has expired.
        FileError: If a file cannot be written.
        SigningError: If the key is not the online key.
    """
    if not 0 < days <= MAX_FRESH_DAYS:
        raise BundleError(f"a bundle cannot be fresh for {days} days", hint=f"use 1 to {MAX_FRESH_DAYS} days")
    _require_online(roles_in_force(directory), online)
    written = _publish_proposals(directory, now) if directory.proposed.is_dir() else []
    return written + renew(directory, online, now=now, days=days)


def renew(directory: Directory, online: Signer, *, now: datetime, days: int = FRESH_DAYS) -> list[Path]:
    """
    Sign that what is published is fresh. No proposal is published.

    The arguments and errors are those of `publish`.
    """
    published = directory.root()
    if published is None:
        raise BundleError(
            f"{directory.path} has no published root yet", hint="publish one with `pinsmith bundle publish`"
        )
    _require_online(published.signed, online)
    targets = directory.targets_metadata()
    if targets is None:
        raise BundleError(f"{directory.path} has no policy yet", hint="sign one with `pinsmith bundle sign`")
    if targets.signed.is_expired(now):
        raise BundleError(
            f"the policy has expired on {targets.signed.expires:%Y-%m-%d}, so clients no longer use it",
            hint="sign it again with `pinsmith bundle sign`",
        )
    if published.signed.is_expired(now):
        raise BundleError(
            f"the root has expired on {published.signed.expires:%Y-%m-%d}, so clients accept no update",
            hint="renew it with `pinsmith bundle key`, sign and publish",
        )
    _require_signed(directory, targets)
    return sign_as_fresh(directory, online, targets, now + timedelta(days=days))


def _require_signed(directory: Directory, targets: Metadata[Targets]) -> None:
    root = directory.root()
    try:
        if root is None:
            raise BundleError(f"{directory.path} has no root", hint="restore it from version control")
        root.verify_delegate(Targets.type, targets)
    except UnsignedMetadataError as error:
        raise BundleError(
            f"the published policy has too few signatures: {error}",
            hint="find out who put it there, and restore the bundle from version control",
        ) from error


def _require_online(root: Root, online: Signer) -> None:
    keys = root.roles[Timestamp.type].keyids
    if online.public_key.keyid not in keys:
        names = " or ".join(sorted(name_of(root.keys[keyid]) for keyid in keys))
        raise SigningError("the key is not the online key of this bundle", hint=f"use the key of {names}")


def _publish_proposals(directory: Directory, now: datetime) -> list[Path]:
    _drop_published(directory)
    root, targets = directory.proposed_root(), directory.proposed_targets()
    if root is None and targets is None:
        return []
    require_plain(directory, now)
    for state in progress(directory):
        if state.missing:
            raise BundleError(
                f"the {state.role} needs {more_people(state.missing)}, so nothing was published",
                hint=f"let {' or '.join(state.may_sign)} run `pinsmith bundle sign`",
            )
    for metadata in (root, targets):
        if metadata is not None and metadata.signed.is_expired(now):
            raise BundleError(f"the proposed {metadata.signed.type} has expired", hint="propose it again")
    contents: dict[Path, bytes] = {}
    if targets is not None:
        for info in targets.signed.targets.values():
            contents[directory.published_target(info)] = directory.proposed_target(info)
        contents[directory.metadata / f"{targets.signed.version}.targets.json"] = targets.to_bytes(SERIALIZER)
    if root is not None:
        contents[directory.metadata / f"{root.signed.version}.root.json"] = root.to_bytes(SERIALIZER)
    for path, content in contents.items():
        _put(path, content)
    _drop_published(directory)
    return list(contents)


def _drop_published(directory: Directory) -> None:
    """Remove the proposals that have been published, also by a call that was killed before it could remove them."""
    for proposed, published in (
        (directory.proposed_root(), directory.root()),
        (directory.proposed_targets(), directory.targets_metadata()),
    ):
        if proposed is not None and published is not None and proposed.to_bytes() == published.to_bytes():
            (directory.proposed / f"{proposed.signed.type}.json").unlink()


def sign_as_fresh(directory: Directory, online: Signer, targets: Metadata[Targets], expires: datetime) -> list[Path]:
    """Publish a snapshot of *targets* and a timestamp, whatever they contain; clients decide themselves."""
    expires = expires.replace(microsecond=0)
    before, stamp = directory.snapshot(), directory.timestamp()
    version = 1 if before is None else before.signed.version + 1
    content = targets.to_bytes(SERIALIZER)
    meta = {"targets.json": MetaFile.from_data(targets.signed.version, content, ["sha256"])}
    snapshot = Metadata(Snapshot(version=version, expires=expires, meta=meta))
    snapshot.sign(online)
    content = snapshot.to_bytes(SERIALIZER)
    timestamp = Metadata(
        Timestamp(
            version=1 if stamp is None else stamp.signed.version + 1,
            expires=expires,
            snapshot_meta=MetaFile.from_data(version, content, ["sha256"]),
        )
    )
    timestamp.sign(online)
    new, last = directory.metadata / f"{version}.snapshot.json", directory.metadata / "timestamp.json"
    _put(new, content)
    files.write_atomically(last, timestamp.to_bytes(SERIALIZER))
    return [new, last]


def _put(path: Path, content: bytes) -> None:
    files.make_parents(path)
    files.write_atomically(path, content)
