"""Go: a `tls.Config` that pins, for net/http and all else that takes one."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import GO
from pinsmith.formats.code._target import code_format

CAN: Final = Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True)
PACKAGE: Final = OutputOption("package", "the name of the package", default="pins", pattern=GO.name)
ADDRESSES: Final = "Hosts that are IP addresses: crypto/tls does not tell them to a callback."
CHAINS: Final = (
    "Only verified chains count, and one that holds a pinned key is enough where crypto/tls finds several. It looks at "
    "them on resumed connections too."
)
SERVER_NAME: Final = (
    "Hosts that are dialled with a `ServerName` in the base configuration: crypto/tls verifies that name instead, and "
    "the pins are those of that name."
)
HOOK: Final = "`OnMismatch` is told of each mismatch, those too that only report."

FORMAT: Final = code_format(
    id="go",
    title="Go, crypto/tls and net/http",
    spec="https://pkg.go.dev/crypto/tls#Config",
    language=GO,
    suffix=".go",
    compromised="accepted",
    can=CAN,
    options=(PACKAGE,),
    limits=(
        ADDRESSES,
        SERVER_NAME,
        "Clients that do not use this configuration, such as http.DefaultClient.",
        "URLs of plain HTTP, and hosts without pins, to which a redirect may lead.",
    ),
    remarks=(
        "`Client(nil)` is a ready `http.Client`; `TLSConfig(base)` is for anything else that takes a `tls.Config`.",
        CHAINS,
        HOOK,
        "`errors.As` finds a `MismatchError` in what a request returns.",
        "With `require-pins`, a proxy that is reached by TLS needs an entry of its own.",
        "Go 1.21 or later.",
    ),
)
