"""
All formats of reports, and how a body or a file in any of them is read.

A new format is one file, one line here, and its sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.reports import (
    android_log,
    curl_log,
    event,
    nel,
    okhttp_log,
    pinsmith_log,
    rfc7469,
    rn_ssl_manager,
    trustkit_android,
    trustkit_ios,
    trustkit_log,
)
from pinsmith.reports._format import BodyFormat, LogFormat
from pinsmith.reports._parse import Entry, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.reports._report import Report

# The more specific formats come first, because RFC 7469 has fields that others share.
FORMATS: Final[tuple[BodyFormat | LogFormat, ...]] = (
    event.FORMAT,
    nel.FORMAT,
    trustkit_android.FORMAT,
    trustkit_ios.FORMAT,
    rn_ssl_manager.FORMAT,
    rfc7469.FORMAT,
    pinsmith_log.FORMAT,
    okhttp_log.FORMAT,
    android_log.FORMAT,
    trustkit_log.FORMAT,
    curl_log.FORMAT,
)
"""All formats, in the order in which they are tried."""

_READER: Final = Reader(
    bodies=tuple(known for known in FORMATS if isinstance(known, BodyFormat)),
    logs=tuple(known for known in FORMATS if isinstance(known, LogFormat)),
)


def parse_body(content: bytes) -> tuple[Report, ...]:
    """
    Read the body of one request: a JSON object, or an array of them, in any format.

    Certificates are not decoded. Reports of browsers that are not about certificates are left out.

    Args:
        content: UTF-8, at most `MAX_BODY_BYTES`; nothing is decoded if it is larger or nested too deep.

    Returns:
        The reports, in their order. Empty if none of them is about certificates.

    Raises:
        ReportError: If it cannot be read. The message contains no text of the body.
    """
    return _READER.body(content)


def parse_members(content: bytes) -> list[tuple[bytes, Report]]:
    """
    Read the body of one request, like `parse_body`.

    Returns:
        The reports, each with the JSON object that it was read from.
    """
    return _READER.members(content)


def parse(content: bytes) -> Iterator[Entry]:
    """
    Read a file: a body, one body a line, or a log in which some lines report a failure.

    Args:
        content: The whole file, UTF-8. Other bytes in a log are replaced. Lines of a log that are not about pins are
            ignored.

    Yields:
        The reports, and an error for each body that cannot be read, in the order of the file.
    """
    return _READER.file(content)
