"""What the targets for Node share."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can

CAN: Final = Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True, matches="leaf")
LEAF_ALONE: Final = (
    "Keys of authorities: Node shows a callback what the server presented, to which anybody can add, and not the chain"
    " that it verified. So the leaf's key alone counts."
)
ADDRESSES: Final = "Hosts that are IP addresses: they are not looked up."
MODULE: Final = (
    "It is an ES module, which `require` of Node 20.19 and later takes too; TypeScript reads its types with `allowJs`."
)
MISMATCH: Final = (
    "`onMismatch(listener)` is told of each mismatch, also where it is only reported, and of each host that is refused"
    " for want of pins."
)
BOTH_NAMES: Final = (
    "With a header `Host`, the name of which TLS checks the certificate, the pins of that name count,"
    " and those of the URL's host too."
)
