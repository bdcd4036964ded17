"""The failure of curl with ``--pinnedpubkey``, exit code 90, and of programs with libcurl, such as git."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.reports._build import report
from pinsmith.reports._format import LogFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.reports._report import Report

_ABOVE: Final = 60  # lines of `curl -v` between the connection and its failure
# git names the URL in the line itself. `curl -v` names the host above it, in the words of older and newer releases.
_URL: Final = re.compile(r"unable to access '?https://([^/:'\s]{1,300})(?::(\d{1,5}))?")
_CONNECTED: Final = re.compile(r"(?:Connected to|connection to) (\S{1,300}) \(.*?\) port (\d{1,5})")


def _read(lines: Sequence[str], at: int) -> tuple[Report, int]:
    above = (_CONNECTED.search(lines[index]) for index in range(at, max(at - _ABOVE, -1), -1))
    place = _URL.search(lines[at]) or next(filter(None, above), None)
    end = at + 1
    # `curl -v` writes the words twice: when it happens, and as its last line.
    while end < min(len(lines), at + 6) and "curl: (90)" not in lines[at]:
        end += 1
        if "curl: (90)" in lines[end - 1]:
            return _report(place), end
    return _report(place), at + 1


def _report(place: re.Match[str] | None) -> Report:
    host, port = (place[1], int(place[2]) if place[2] else None) if place else (None, None)
    return report(FORMAT.id, host, port=port, reason="no-pinned-key", enforced=True, platform="curl")


FORMAT: Final = LogFormat(
    id="curl-log",
    title="Failure of curl (exit code 90)",
    spec="https://curl.se/libcurl/c/CURLOPT_PINNEDPUBLICKEY.html",
    sign=re.compile(r"public key does not match pinned public key|curl: \(90\)"),
    read=_read,
)
