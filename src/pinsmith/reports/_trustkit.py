"""What the reports of both TrustKits have in common: the fields of RFC 7469, and some of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.reports._build import Raw, report
from pinsmith.reports._json import decode
from pinsmith.reports.rfc7469 import HpkpBody

if TYPE_CHECKING:
    from pinsmith.reports._report import Reason, Report

# The enumerations of both libraries have the same order: TSKTrustEvaluationResult and PinningValidationResult.
_REASONS: Final[dict[int | None, Reason]] = {
    1: "no-pinned-key",
    2: "chain-not-trusted",
    3: "client-error",
    4: "user-anchor",
    5: "client-error",
}


class TrustKitBody(HpkpBody, rename="kebab"):
    """The fields of both libraries; Android has no version of the platform."""

    app_bundle_id: Raw = None
    app_version: Raw = None
    app_vendor_id: Raw = None
    app_platform: Raw = None
    app_platform_version: Raw = None
    enforce_pinning: bool | None = None
    validation_result: int | None = None


_DECODER: Final = msgspec.json.Decoder(TrustKitBody, strict=False)


def read_trustkit(format_id: str, platform: str, content: bytes) -> Report:
    """
    Read a report of either library.

    Raises:
        ReportError: If it cannot be read.
    """
    body = decode(_DECODER, content)
    return report(
        format_id,
        body.hostname,
        port=body.port,
        noted_host=body.noted_hostname,
        time=body.date_time,
        reason=_REASONS.get(body.validation_result, "unknown"),
        served_chain=body.served_certificate_chain,
        validated_chain=body.validated_certificate_chain,
        known_pins=body.known_pins,
        enforced=body.enforce_pinning,
        app_id=body.app_bundle_id,
        app_version=body.app_version,
        platform=body.app_platform or platform,
        platform_version=body.app_platform_version,
        vendor_id=body.app_vendor_id,
    )
