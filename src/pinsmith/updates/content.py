"""The content of a bundle: a policy and its suspensions, each a file that the targets role signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith import formats
from pinsmith.errors import FormatError
from pinsmith.errors.updates import BundleError
from pinsmith.updates.suspension import POLICY, SUSPENSIONS, parse_suspensions, write_suspensions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tuf.api.metadata import TargetFile, Targets

    from pinsmith.policy import Policy
    from pinsmith.updates.suspension import Suspension

_FORMAT: Final = "policy-json"
_REMARK: Final = "private-suffix"  # the only finding about a document that is read in full


@dataclass(frozen=True, slots=True)
class Content:
    """
    What is signed.

    Attributes:
        policy: Without `connect` and `cafile` of the pin file, which only commands use.
        suspensions: Also those that have ended.
    """

    policy: Policy
    suspensions: tuple[Suspension, ...] = ()


def read_content(targets: Targets, read: Callable[[TargetFile], bytes]) -> Content:
    """
    Read what *targets* signs, with a function that reads a file and verifies its hash.

    Raises:
        BundleError: If a file is not named there, or is not what its name says.
        SuspensionError: If a suspension cannot be used.
    """
    names = {POLICY, SUSPENSIONS}
    if not names <= targets.targets.keys():
        missing = ", ".join(sorted(names - targets.targets.keys()))
        raise BundleError(f"the targets of version {targets.version} do not name {missing}")
    policy = parse_policy(read(targets.targets[POLICY]))
    return Content(policy, parse_suspensions(read(targets.targets[SUSPENSIONS])))


def parse_policy(content: bytes) -> Policy:
    """
    Read a signed policy. A part that cannot be used makes all of it unusable.

    Raises:
        BundleError: If it is not a policy, or is one of an unknown version.
    """
    try:
        _, reading = formats.read(content, POLICY, format_id=_FORMAT)
    except FormatError as error:
        raise BundleError(f"the signed policy cannot be read: {error}") from error
    notes = [note for note in reading.notes if note.rule != _REMARK]
    if reading.policy is None or notes:
        problems = "; ".join(note.message for note in notes)
        raise BundleError(f"the signed policy has a part that cannot be used: {problems}")
    return reading.policy


def write_content(content: Content) -> Mapping[str, bytes]:
    """Write the files, by name. The same content is the same bytes."""
    policy = formats.export(content.policy, formats.find(_FORMAT)).text
    return {POLICY: policy.encode(), SUSPENSIONS: write_suspensions(content.suspensions)}


def as_signed(policy: Policy) -> Policy:
    """Return what a signed copy of *policy* says: without what only commands use."""
    return parse_policy(write_content(Content(policy))[POLICY])
