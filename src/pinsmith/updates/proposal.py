"""Proposals: metadata that waits for the signatures of enough people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tuf.api.metadata import (
    Metadata,
    Root,
    RootVerificationResult,
    TargetFile,
    Targets,
    VerificationResult,
)

from pinsmith import files
from pinsmith.errors.updates import BundleError, SigningError
from pinsmith.updates.refusal import MAX_POLICY_DAYS
from pinsmith.updates.root import MAX_ROOT_DAYS, end_of, require_usual
from pinsmith.updates.signing import name_of
from pinsmith.updates.suspension import POLICY, SUSPENSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from securesystemslib.signer import Signer

    from pinsmith.updates.directory import Directory

TARGETS_DAYS: Final = 90
MAX_TARGETS_DAYS: Final = MAX_POLICY_DAYS


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How far a proposal is.

    Attributes:
        role: ``root`` or ``targets``.
        version: Of the proposed metadata.
        signed_by: The names of those whose signatures count.
        may_sign: The names of those whose signatures would count, too.
        missing: How many more are needed; 0 if it can be published.
    """

    role: str
    version: int
    signed_by: tuple[str, ...]
    may_sign: tuple[str, ...]
    missing: int


def propose_targets(
    directory: Directory, contents: Mapping[str, bytes], *, now: datetime, days: int = TARGETS_DAYS
) -> Targets:
    """
    Propose a policy with its suspensions, in place of a proposal that is there already, and of its signatures.

    Args:
        directory: A bundle.

        contents: Two files by name, `POLICY` and `SUSPENSIONS`.

        now: Aware.

        days: After how many days clients stop to use it.

    Raises:
        BundleError: If *days* is not from 1 to 366.
        FileError: If a file cannot be written.
    """
    if not 0 < days <= MAX_TARGETS_DAYS:
        raise BundleError(f"a policy cannot be valid for {days} days", hint=f"use 1 to {MAX_TARGETS_DAYS} days")
    if contents.keys() != {POLICY, SUSPENSIONS}:
        raise LookupError("a bundle has a policy and suspensions")
    published = directory.targets_metadata()
    version = 1 if published is None else published.signed.version + 1
    targets = Targets(version=version, expires=end_of(now, days))
    for path, content in contents.items():
        targets.targets[path] = TargetFile.from_data(path, content, ["sha256"])
        files.make_parents(directory.proposed / path)
        files.write_atomically(directory.proposed / path, content)
    directory.propose(Metadata(targets))
    return targets


def require_plain(directory: Directory, now: datetime) -> None:
    """
    Raise if a proposal has what no command proposes, so that the words about it do not show what it would do.

    Args:
        directory: A bundle.

        now: Aware.

    Raises:
        BundleError: If a policy has another version than the next, other files than its own, or delegations, or
            anything is valid for too long.
    """
    root, targets, published = directory.proposed_root(), directory.proposed_targets(), directory.targets_metadata()
    for metadata, days in ((root, MAX_ROOT_DAYS), (targets, MAX_TARGETS_DAYS)):
        if metadata is not None and metadata.signed.expires - now > timedelta(days=days + 1):
            raise BundleError(
                f"the proposed {metadata.signed.type} would be valid until {metadata.signed.expires:%Y-%m-%d}, but "
                f"at most {days} days are possible",
                hint="check the clock, or propose it again",
            )
    if targets is None or (published is not None and published.to_bytes() == targets.to_bytes()):
        return
    version = 1 if published is None else published.signed.version + 1
    if targets.signed.version != version:
        raise BundleError(
            f"the proposed policy is version {targets.signed.version}, but the next one is {version}",
            hint="propose it again with `pinsmith bundle sign --renew`; signatures of the proposal are lost",
        )
    names = targets.signed.targets.keys()
    if names != {POLICY, SUSPENSIONS} or targets.signed.delegations is not None:
        raise BundleError(
            f"the proposed policy names {', '.join(sorted(map(repr, names)))}, or delegates, which no command proposes",
            hint="find out who has changed it, and propose it again with `pinsmith bundle sign --renew`",
        )


def sign(directory: Directory, signer: Signer) -> list[Progress]:
    """
    Sign all that is proposed and that the key counts for.

    Raises:
        BundleError: If nothing is proposed.
        SigningError: If no proposal counts the key.
    """
    names: set[str] = set()
    has_signed = False
    for metadata in _proposals(directory):
        result = _result(directory, metadata)
        keys = result.signed | result.unsigned
        names |= {name_of(key) for key in keys.values()}
        if signer.public_key.keyid in keys:
            metadata.sign(signer, append=True)
            directory.propose(metadata)
            has_signed = True
    if not has_signed:
        raise SigningError(
            "the key is not one of those that may sign this proposal",
            hint=f"use the key of {' or '.join(sorted(names))}",
        )
    return progress(directory)


def progress(directory: Directory) -> list[Progress]:
    """
    Say how far each proposal is, root first.

    Raises:
        BundleError: If nothing is proposed, or it cannot be read.
    """
    return [_progress(directory, metadata) for metadata in _proposals(directory)]


def more_people(count: int) -> str:
    """Say how many more must sign."""
    return "1 more person" if count == 1 else f"{count} more people"


def roles_in_force(directory: Directory) -> Root:
    """
    Return the root whose keys sign the targets: the proposed one if there is one, or else the published one.

    Raises:
        BundleError: If there is none.
    """
    metadata = directory.proposed_root() or directory.root()
    if metadata is None:
        raise BundleError(f"{directory.path} is not a bundle", hint="make one with `pinsmith bundle init`")
    require_usual(metadata.signed)
    return metadata.signed


def _proposals(directory: Directory) -> list[Metadata[Root] | Metadata[Targets]]:
    found: list[Metadata[Root] | Metadata[Targets] | None] = [directory.proposed_root(), directory.proposed_targets()]
    proposals = [metadata for metadata in found if metadata is not None]
    if not proposals:
        raise BundleError(
            f"{directory.path} has no proposal", hint="change the pin file, and run `pinsmith bundle sign` again"
        )
    return proposals


def _result(
    directory: Directory, metadata: Metadata[Root] | Metadata[Targets]
) -> VerificationResult | RootVerificationResult:
    root = roles_in_force(directory)
    if isinstance(metadata.signed, Targets):
        return root.get_verification_result(Targets.type, metadata.signed_bytes, metadata.signatures)
    published = directory.root()
    try:
        return root.get_root_verification_result(
            None if published is None else published.signed, metadata.signed_bytes, metadata.signatures
        )
    except ValueError as error:  # of the versions
        raise BundleError(
            f"the proposed root does not follow the published one: {error}", hint="propose it again"
        ) from error


def _progress(directory: Directory, metadata: Metadata[Root] | Metadata[Targets]) -> Progress:
    result = _result(directory, metadata)
    parts = (result.first, result.second) if isinstance(result, RootVerificationResult) else (result,)
    return Progress(
        role=metadata.signed.type,
        version=metadata.signed.version,
        signed_by=tuple(sorted(name_of(key) for key in result.signed.values())),
        may_sign=tuple(sorted(name_of(key) for key in result.unsigned.values())),
        missing=max(part.missing for part in parts),
    )


def has_proposal(directory: Directory) -> bool:
    """Say whether anything waits for signatures, or for its publication."""
    return directory.proposed_root() is not None or directory.proposed_targets() is not None
