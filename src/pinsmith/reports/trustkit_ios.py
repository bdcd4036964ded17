"""
Reports of TrustKit on Apple's platforms.

The port is 0 if it is not known. There is a validated chain, but no served one. The upload is discretionary, so a
report may arrive hours after the failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.reports._format import BodyFormat
from pinsmith.reports._trustkit import read_trustkit

if TYPE_CHECKING:
    from pinsmith.reports._report import Report


def _recognises(content: bytes) -> bool:
    # Releases before 1.3.1 did not name their own version.
    return (b'"trustkit-version"' in content or b'"validation-result"' in content) and b'"ANDROID"' not in content


def _read(content: bytes) -> Report:
    return read_trustkit(FORMAT.id, "ios", content)


FORMAT: Final = BodyFormat(
    id="trustkit-ios",
    title="TrustKit for iOS",
    spec="https://github.com/datatheorem/TrustKit/blob/master/TrustKit/Reporting/TSKPinFailureReport.m",
    recognises=_recognises,
    read=_read,
)
