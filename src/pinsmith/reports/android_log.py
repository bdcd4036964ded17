"""
The failure of Android's Network Security Configuration in a log.

The system and Chromium's ``X509Util`` write no host and no pins. TrustKit below Android 7 lists the pins behind the
same words.
"""

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
    (served, known), _, end = pins_below(lines, at)
    return report(
        FORMAT.id,
        None,
        reason="no-pinned-key",
        served_pins=served,
        known_pins=known,
        enforced=True,
        platform="android",
    ), end


FORMAT: Final = LogFormat(
    id="android-log",
    title="Log of Android's network security configuration",
    spec="https://cs.android.com/android/platform/superproject/+/main:frameworks/base/core/java/android/security/net/"
    "config/NetworkSecurityTrustManager.java",
    # The same words about a PIN of digits, which apps log too, begin otherwise.
    sign=re.compile(r"(?:error: |Exception: |^\s*)Pin verification failed"),
    read=_read,
)
