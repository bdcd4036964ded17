"""The exception of OkHttp's CertificatePinner in a log or in a crash report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.reports._build import report
from pinsmith.reports._format import LogFormat
from pinsmith.reports._lines import pins_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.reports._report import Report


def _read(lines: Sequence[str], at: int) -> tuple[Report, int]:
    (served, known), host, end = pins_below(lines, at)
    return report(
        FORMAT.id,
        host,
        reason="no-pinned-key",
        served_pins=served,
        known_pins=known,
        enforced=True,
        platform="okhttp",
    ), end


FORMAT: Final = LogFormat(
    id="okhttp-log",
    title="Exception of OkHttp",
    spec="https://github.com/square/okhttp/blob/master/okhttp/src/commonJvmAndroid/kotlin/okhttp3/CertificatePinner.kt",
    sign=re.compile(r"Certificate pinning failure!"),
    read=_read,
)
