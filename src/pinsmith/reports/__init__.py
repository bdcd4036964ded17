"""
Reports of pinning failures: reading them, grouping them, and saying what probably happened.

A report is an unauthenticated hint: anybody who knows the address can send one, with any content. So nothing here
raises an alarm, nothing is fetched, and a class that accuses an authority rests on signatures that were verified. This
package has no socket, no file and no clock.

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
from pinsmith.reports._build import anonymous
from pinsmith.reports._case import CLASSES, Class, Classified, Sightings
from pinsmith.reports._classify import classify
from pinsmith.reports._facts import Facts, facts_of
from pinsmith.reports._format import BodyFormat, LogFormat
from pinsmith.reports._group import group_key
from pinsmith.reports._json import MAX_BODY_BYTES
from pinsmith.reports._parse import MAX_FILE_BYTES, Entry, Reader
from pinsmith.reports._report import Reason, Report
from pinsmith.reports._summary import Group, summarise

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CLASSES",
    "FORMATS",
    "MAX_BODY_BYTES",
    "MAX_FILE_BYTES",
    "Class",
    "Classified",
    "Entry",
    "Facts",
    "Group",
    "Reason",
    "Report",
    "Sightings",
    "anonymous",
    "classify",
    "facts_of",
    "group_key",
    "parse",
    "parse_body",
    "summarise",
]

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
