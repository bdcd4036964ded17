"""
Reports of TrustKit on Android.

The port is always 0. ``android.text.format.DateFormat`` writes the date, and does not know the letter ``Z``: the text
is the local time of the device with a ``Z`` behind it, so it may be wrong by up to 14 hours.

Source: AOSP ``core/java/android/text/format/DateFormat.java``, whose letter for the zone is ``z``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.reports._format import BodyFormat
from pinsmith.reports._trustkit import read_trustkit

if TYPE_CHECKING:
    from pinsmith.reports._report import Report


def _recognises(content: bytes) -> bool:
    return b'"ANDROID"' in content and (b'"trustkit-version"' in content or b'"validation-result"' in content)


def _read(content: bytes) -> Report:
    return read_trustkit(FORMAT.id, "android", content)


FORMAT: Final = BodyFormat(
    id="trustkit-android",
    title="TrustKit for Android",
    spec="https://github.com/datatheorem/TrustKit-Android/blob/master/trustkit/src/main/java/com/datatheorem/android/"
    "trustkit/reporting/PinningFailureReport.java",
    recognises=_recognises,
    read=_read,
)
