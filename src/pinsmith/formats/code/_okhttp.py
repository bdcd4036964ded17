"""What the targets that are made of OkHttp share: what its `CertificatePinner` can do, and what it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError
from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import KOTLIN
from pinsmith.host import ancestors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pinsmith.formats._format import Entry, Export

SPEC: Final = "https://square.github.io/okhttp/5.x/okhttp/okhttp3/-certificate-pinner/"
CAN: Final = Can(
    addresses=True, subdomains="any-depth", joins_parent=True, expiry=True, report_only=True, require_pins=True
)
KOTLIN_OPTIONS: Final = (
    OutputOption("package", "the name of the package", default="pins", pattern=KOTLIN.path),
    OutputOption("class", "the name of the object", default="Pins", pattern=KOTLIN.name),
    OutputOption("visibility", "who sees the object", default="public", choices=("public", "internal")),
)
_LONGEST: Final = 253  # of OkHttp 5; a longer one is an error for all hosts
LIMITS: Final = (
    "Clients that are not made here: WebView, HttpsURLConnection, and each OkHttpClient without this pinner.",
    "Hosts without pins and plain http, where redirects may lead, unless the pin file says `require-pins`.",
    "The day on which pins end is looked at when a client is made. One that lives on keeps its pins.",
    "Web sockets: what is only reported is not told, and a certificate that changes on an open one is not seen.",
)
REMARKS: Final = (
    (
        "OkHttp 4.6 or newer: older ones do not tell which pins reach a host, and before 4.3 they take `**.` and pin "
        "nothing. Proven with 4.12 and with 5."
    ),
    "`client(base)` replaces a `CertificatePinner` that `base` has. All else of `base` stays.",
    "A wrong key ends the call with an `SSLPeerUnverifiedException`, an `IOException`, before the request is sent.",
    (
        "The client refuses a certificate that changes on an open connection, too, but not on that of a web socket. "
        "A pinner alone looks at the first."
    ),
    "OkHttp joins the pins of all entries that reach a host; an export is refused if it would enforce too much so.",
    "For subdomains without pins take a target that exempts, such as android-nsc or jsse-java.",
)


def check(target: str) -> Callable[[Export], None]:
    """Make the function that refuses what OkHttp would enforce though the policy no longer does."""

    def refuse(export: Export) -> None:
        reasons = outlasted(export.entries)
        reasons += [
            f"{entry.host}: OkHttp takes patterns of {_LONGEST} characters, and this would be one of {length}"
            for entry in export.entries
            if (length := len(f"**.{entry.host}." if entry.include_subdomains else f"{entry.host}.")) > _LONGEST
        ]
        if reasons:
            raise ExportRefusedError(target, reasons)

    return refuse


def outlasted(entries: Sequence[Entry]) -> list[str]:
    """Say of which hosts the pins end before those of a parent, which a platform would go on to demand."""
    by_host = {entry.host: entry for entry in entries if not entry.report_only}
    return [reason for entry in entries for reason in _outlasted(entry, by_host)]


def _outlasted(entry: Entry, by_host: dict[str, Entry]) -> Iterator[str]:
    for parent in (by_host[name] for name in ancestors(entry.host) if name in by_host):
        if not parent.include_subdomains:
            continue
        if entry.report_only:
            yield f"{entry.host}: only reports, but the pins of {parent.host} would be enforced on it"
        elif entry.expires is not None and (parent.expires is None or parent.expires > entry.expires):
            yield (
                f"{entry.host}: its pins end on {entry.expires}, but from then on those of {parent.host} would be"
                " enforced on it; let both end on the same day"
            )
