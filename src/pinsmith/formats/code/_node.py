"""Shared by the targets for Node."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can
from pinsmith.formats.code._limit import ADDRESSES

CAN: Final = Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True, matches="leaf")
LIMITS: Final = (
    (
        "Keys of authorities are not compared. Node passes the presented chain to a callback, and not the verified one,"
        " so only the key of the leaf counts."
    ),
    *ADDRESSES,
)
REMARKS: Final = (
    "`onMismatch(callback)` sets what is called for every mismatch, also of report-only hosts.",
    (
        "The file is an ES module, which `require` of Node 20.19 and later also loads. TypeScript reads its types with"
        " `allowJs`."
    ),
)
BOTH_NAMES: Final = (
    "With a `Host` header, TLS checks the certificate for the name in that header. Then the pins of that name apply,"
    " and those of the host in the URL too."
)
NOT_RESUMED: Final = "TLS sessions are not resumed, because Node does not check the certificate of a resumed session."
