"""The baseline of ``pinsmith lint``: the findings that a team knows of already."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.documents.document import VERSION, Versioned, encode
from pinsmith.errors import FormatError
from pinsmith.finding import FilePlace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.finding import Finding

_PIN: Final = re.compile(r"sha256/[A-Za-z0-9+/]{43}=")


class KnownOut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, order=True):
    """
    One known finding; without ``host`` and ``pin`` it is known by its ``message`` and the name of the ``file``.

    ``pin`` lists all pins that the finding names, so a finding with another pin is new. Directories and lines are left
    out, so a baseline survives when a file is moved or edited.
    """

    rule: str
    host: str | None = None
    pin: str | None = None
    message: str | None = None
    file: str | None = None


class BaselineDocument(Versioned, frozen=True, kw_only=True):
    """The file that ``pinsmith lint --write-baseline`` writes. Commit it, and make it shorter."""

    findings: list[KnownOut]


def known(finding: Finding) -> KnownOut:
    """Return what identifies *finding*."""
    pin = finding.pin or " ".join(_PIN.findall(finding.message)) or None
    if finding.host or pin:
        return KnownOut(rule=finding.rule, host=finding.host, pin=pin)
    file = None
    if isinstance(finding.place, FilePlace):
        # A name need not be UTF-8, but a JSON text that everybody can read must be.
        file = PurePath(finding.place.file).name.encode("utf-8", "backslashreplace").decode()
    return KnownOut(rule=finding.rule, message=finding.message, file=file)


def write_baseline(findings: Iterable[Finding]) -> bytes:
    """Write the baseline of *findings*, in an order that does not depend on theirs."""
    listed = sorted(map(known, findings), key=lambda item: [text or "" for text in msgspec.structs.astuple(item)])
    return encode(BaselineDocument(findings=listed)) + b"\n"


def parse_baseline(content: bytes, file: str) -> Counter[KnownOut]:
    """
    Count the findings of a baseline.

    Args:
        content: All of the file.

        file: Its name, for errors.

    Raises:
        FormatError: If it is not a baseline of this version.
    """
    try:
        document = msgspec.json.decode(content, type=BaselineDocument)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        hint = "write it anew with `pinsmith lint --baseline FILE --write-baseline`"
        raise FormatError(f"it is not a baseline: {error}", file=file, hint=hint) from error
    if document.version != VERSION:
        raise FormatError(f"version {document.version} of the baseline is unknown", file=file, hint="update pinsmith")
    return Counter(document.findings)


def without_known(findings: Iterable[Finding], baseline: Counter[KnownOut]) -> tuple[list[Finding], int]:
    """
    Leave out what a baseline knows.

    A finding that occurs more often than the baseline says is new once for each further time.

    Returns:
        The new findings, and how many of the baseline were not found again.
    """
    left = baseline.copy()
    new = []
    for finding in findings:
        if left[item := known(finding)] > 0:
            left[item] -= 1
        else:
            new.append(finding)
    return new, left.total()
