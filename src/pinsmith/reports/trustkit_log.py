"""The line that TrustKit for iOS logs for a failed validation. It names the host, but no pins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.reports._build import report
from pinsmith.reports._format import LogFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.reports._report import Report

_SIGN: Final = re.compile(r"Pin validation failed for (\S{1,300})")


def _read(lines: Sequence[str], at: int) -> tuple[Report, int]:
    found = _SIGN.search(lines[at])
    # The line is the same for a chain that was not trusted, so the reason is not known.
    return report(FORMAT.id, found[1] if found else None, platform="ios"), at + 1


FORMAT: Final = LogFormat(
    id="trustkit-log",
    title="Log of TrustKit for iOS",
    spec="https://github.com/datatheorem/TrustKit/blob/master/TrustKit/TSKPinningValidator.m",
    sign=_SIGN,
    read=_read,
)
