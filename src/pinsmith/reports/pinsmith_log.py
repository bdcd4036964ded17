"""pinsmith's own error in a log, as the command line prints it or as the last line of a traceback."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.reports._build import report
from pinsmith.reports._format import LogFormat
from pinsmith.reports._lines import pins_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.reports._report import Report

_SIGN: Final = re.compile(
    r"(?:error\[(?:pin-mismatch|compromised-chain)\]|(?:PinMismatchError|CompromisedChainError)): (\S{1,300}) presented"
)


def _read(lines: Sequence[str], at: int) -> tuple[Report, int]:
    found = _SIGN.search(lines[at])
    (served, known), _, end = pins_below(lines, at)
    return report(
        FORMAT.id,
        found[1] if found else None,
        reason="no-pinned-key",
        served_pins=served,
        known_pins=known,
        enforced=True,
        platform="python",
    ), end


FORMAT: Final = LogFormat(
    id="pinsmith-log",
    title="Error of pinsmith",
    spec="https://docs.python.org/3/library/ssl.html#ssl.SSLCertVerificationError",
    sign=_SIGN,
    read=_read,
)
