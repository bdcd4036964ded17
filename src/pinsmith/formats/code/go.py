"""Go: a `tls.Config` that pins, for net/http and whatever else takes one."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import GO
from pinsmith.formats.code._limit import ADDRESSES, PROXY, REDIRECTS
from pinsmith.formats.code._target import code_format

CAN: Final = Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True)
PACKAGE: Final = OutputOption("package", "the name of the package", default="pins", pattern=GO.name)
SERVER_NAME: Final = (
    "If the base configuration sets `ServerName`, crypto/tls verifies that name for every host, and the pins of that"
    " name apply."
)
REMARKS: Final = (
    "`OnMismatch` is called for every mismatch, also of report-only hosts.",
    (
        "A pinned key counts if it is in a verified chain. If crypto/tls finds several chains, one of them is enough."
        " Resumed connections are checked too."
    ),
)

FORMAT: Final = code_format(
    id="go",
    title="Go, crypto/tls and net/http",
    spec="https://pkg.go.dev/crypto/tls#Config",
    language=GO,
    suffix=".go",
    compromised="accepted",
    can=CAN,
    platforms=("languages",),
    place="pins/pins.go",
    usage="""
client := pins.Client(nil) // or a *tls.Config with your own trust anchors
response, err := client.Get("https://api.example.com/")

var mismatch *pins.MismatchError
if errors.As(err, &mismatch) {
	log.Printf("presented %s, pinned %s", mismatch.Presented, mismatch.Pinned)
}

// For a transport with settings of your own, and for everything that takes a tls.Config
transport := pins.Transport(nil)
config := pins.TLSConfig(nil)
""",
    options=(PACKAGE,),
    limits=(
        "Not pinned: clients that do not use this configuration, such as http.DefaultClient.",
        *REDIRECTS,
        *ADDRESSES,
        SERVER_NAME,
        PROXY,
    ),
    remarks=("It needs Go 1.21 or newer.", *REMARKS),
)
