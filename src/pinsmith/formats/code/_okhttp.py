"""Shared by the targets for OkHttp: the abilities and limits of its `CertificatePinner`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError
from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._loss import refusal
from pinsmith.formats.code._language import KOTLIN
from pinsmith.formats.code._limit import Limit, allows_unpinned, enforces, expires, reports
from pinsmith.host import ancestors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pinsmith.finding import Finding
    from pinsmith.formats._format import Entry, Export

SPEC: Final = "https://square.github.io/okhttp/5.x/okhttp/okhttp3/-certificate-pinner/"
CAN: Final = Can(
    addresses=True, subdomains="any-depth", joins_parent=True, expiry=True, report_only=True, require_pins=True
)
KOTLIN_OPTIONS: Final = (
    OutputOption("package", "the name of the package", default="pins", pattern=KOTLIN.path),
    OutputOption("class", "the name of the object", default="Pins", pattern=KOTLIN.name),
    OutputOption("visibility", "the visibility of the object", default="public", choices=("public", "internal")),
)
MAX_PATTERN: Final = 253  # of OkHttp 5; a longer pattern is an error for all hosts
LIMITS: Final = (
    "Not pinned: WebView, HttpsURLConnection, and every OkHttpClient that was not made here or given this pinner.",
    Limit(
        "Not pinned: hosts without an entry and plain HTTP, to which a redirect may lead. Set require-pins to refuse"
        " both.",
        allows_unpinned,
    ),
    Limit("The expiry date is checked when a client is made. A client that lives longer keeps its pins.", expires),
    Limit("Mismatches on web sockets to report-only hosts are not reported.", reports),
    Limit("A server that changes its certificate on an open web socket is not noticed.", enforces),
)
REMARKS: Final = (
    (
        "It needs OkHttp 4.6 or newer. Older versions cannot say which pins apply to a host, and before 4.3 they accept"
        " patterns with `**.` but pin nothing. Proven with OkHttp 4.12 and 5."
    ),
    "`client(base)` replaces a `CertificatePinner` that `base` has, and keeps everything else.",
    "A wrong key ends the call with an `SSLPeerUnverifiedException`, an `IOException`, before the request is sent.",
    (
        "The client also refuses a certificate that the server changes on an open connection, but not on that of a web"
        " socket. A `CertificatePinner` alone checks only the first certificate."
    ),
    (
        "OkHttp joins the pins of all entries that match a host. pinsmith refuses to export a policy that OkHttp would"
        " enforce where the pin file does not."
    ),
    "To exempt a subdomain of a pinned host, use another target, such as android-nsc or jsse-java.",
)


def check(target: str) -> Callable[[Export], None]:
    """Return the function that refuses policies that OkHttp would enforce more strictly than they say."""

    def refuse(export: Export) -> None:
        reasons = outlasted(export.entries)
        reasons += [
            refusal(entry.host, f"OkHttp accepts patterns of up to {MAX_PATTERN} characters, but this one has {length}")
            for entry in export.entries
            if (length := len(f"**.{entry.host}." if entry.include_subdomains else f"{entry.host}.")) > MAX_PATTERN
        ]
        if reasons:
            raise ExportRefusedError(target, reasons)

    return refuse


def outlasted(entries: Sequence[Entry]) -> list[Finding]:
    """List the hosts on which a platform would enforce the pins of a parent though their own entry does not."""
    by_host = {entry.host: entry for entry in entries if not entry.report_only}
    return [reason for entry in entries for reason in _outlasted(entry, by_host)]


def _outlasted(entry: Entry, by_host: dict[str, Entry]) -> Iterator[Finding]:
    for parent in (by_host[name] for name in ancestors(entry.host) if name in by_host):
        if not parent.include_subdomains:
            continue
        if entry.report_only:
            text = f"it is report-only, but the platform would enforce the pins of {parent.host} on it"
            yield refusal(entry.host, text)
        elif entry.expires is not None and (parent.expires is None or parent.expires > entry.expires):
            text = (
                f"its pins expire on {entry.expires}, but the platform would then enforce those of {parent.host} on it"
            )
            yield refusal(entry.host, f"{text}; let both expire on the same day")
