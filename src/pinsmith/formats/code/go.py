"""Go: a `tls.Config` that pins, for net/http and all else that takes one."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import GO
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="go",
    title="Go, crypto/tls and net/http",
    spec="https://pkg.go.dev/crypto/tls#Config",
    language=GO,
    suffix=".go",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True),
    options=(OutputOption("package", "the name of the package", default="pins", pattern=GO.name),),
    limits=(
        "Hosts that are IP addresses: crypto/tls does not tell them to a callback.",
        "Clients that do not use this configuration, such as http.DefaultClient.",
    ),
    remarks=(
        "`Client(nil)` is a ready `http.Client`; `TLSConfig(base)` is for anything else that takes a `tls.Config`.",
        "`VerifyConnection` runs for resumed connections too, and only verified chains count.",
    ),
)
