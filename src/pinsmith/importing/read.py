"""Read a platform's file, and make a policy of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith import audit, formats
from pinsmith.errors import FormatError, UnknownFormatError
from pinsmith.finding import FilePlace, Finding, Severity
from pinsmith.host import canonical_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from pinsmith.formats import Format, Reading
    from pinsmith.pin import Pin
    from pinsmith.policy import KeyRole, Policy


@dataclass(frozen=True, slots=True)
class PlatformFile:
    """
    A file of a format, read.

    Attributes:
        name: As the user named it.
        content: All of it.
        target: Its format.
        reading: The result of its reader.
    """

    name: str
    content: bytes
    target: Format
    reading: Reading


@dataclass(frozen=True, slots=True)
class Imported:
    """
    A policy that was made of a platform's file.

    Attributes:
        policy: The policy of the file.
        notes: Settings that the policy cannot hold, and pins that have ended.
    """

    policy: Policy
    notes: tuple[Finding, ...]


def read(content: bytes, name: str, *, format_id: str | None = None) -> PlatformFile:
    """
    Read a platform's file, or a file of code.

    Args:
        content: All of it.

        name: As the user named it. Its end says whether it is code.

        format_id: The id of its format; None to recognise it.

    Raises:
        UnknownFormatError: If it is not recognised, or cannot be read.
        FormatError: If it is broken.
    """
    target, reading = _read(content, name, format_id)
    return PlatformFile(name, content, target, reading)


def _read(content: bytes, name: str, format_id: str | None) -> tuple[Format, Reading]:
    is_code = audit.language_of(name) is not None and (format_id is None or audit.reads(format_id))
    ends = {suffix for target in formats.SYNTAXES if target.read is not None for suffix in target.suffixes}
    if is_code and not name.endswith(tuple(ends)):
        return audit.read(content, name, format_id=format_id)
    # The readers of formats that are objects in code come first, because they know more about their platforms.
    try:
        return formats.read(content, name, format_id=format_id)
    except (FormatError, UnknownFormatError) as error:
        if not is_code:
            raise
        try:
            return audit.read(content, name, format_id=format_id)
        except UnknownFormatError as other:
            if isinstance(error, FormatError) and other.hint is None:
                # The words of a format, as in the declaration of a type, do not make a file one of that format.
                raise UnknownFormatError(f"{name}: {error.problem}", hint=error.hint) from error
            raise other if other.hint and isinstance(error, UnknownFormatError) else error from None


def import_policy(
    file: PlatformFile,
    *,
    today: date,
    hosts: Iterable[str] = (),
    skip_bad: bool = False,
    roles: Mapping[Pin, KeyRole] | None = None,
) -> Imported:
    """
    Make a policy of a platform's file.

    Args:
        file: From `read`.

        today: In UTC; pins that have ended are noted.

        hosts: Whose pins they are, if the file names no host; in any spelling.

        skip_bad: Whether parts that cannot be read are left out, instead of refusing the file.

        roles: The known roles of keys; they take precedence over those in the file.

    Raises:
        FormatError: If a part of the file cannot be read, or it pins no host.
        HostError: If one of *hosts* is not a host.
        PolicyError: If a role contradicts the table of known authorities, or belongs to no pin of the file.
    """
    named = [canonical_host(host) for host in hosts]
    policy, notes = formats.policy_of(file.reading, file=file.name, hosts=named, skip_bad=skip_bad, roles=roles)
    return Imported(policy, (*notes, *_expired(policy, today, file.name)))


def _expired(policy: Policy, today: date, file: str) -> Iterator[Finding]:
    for entry in policy.hosts:
        if entry.expires is not None and entry.expires <= today:
            message = f"the pins of {entry.host} expired on {entry.expires}; they are not enforced"
            yield Finding("pins-ended", Severity.HIGH, FilePlace(file), message)
