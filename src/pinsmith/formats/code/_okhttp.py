"""Shared by the targets for OkHttp: the abilities and limits of its `CertificatePinner`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError
from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._loss import refusal
from pinsmith.formats.code._language import KOTLIN
from pinsmith.formats.code._limit import Limit, allows_unpinned, enforces, expires, reports
from pinsmith.formats.code._view import HostView
from pinsmith.host import ancestors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pinsmith.finding import Finding
    from pinsmith.formats._format import Entry, Export

SPEC: Final = "https://square.github.io/okhttp/5.x/okhttp/okhttp3/-certificate-pinner/"
CAN: Final = Can(
    addresses=True,
    subdomains="any-depth",
    exempts=True,
    joins_parent=True,
    expiry=True,
    report_only=True,
    require_pins=True,
)
KOTLIN_OPTIONS: Final = (
    OutputOption("package", "the name of the package", default="pins", pattern=KOTLIN.path),
    OutputOption("class", "the name of the object", default="Pins", pattern=KOTLIN.name),
    OutputOption("visibility", "the visibility of the object", default="public", choices=("public", "internal")),
)
MAX_PATTERN: Final = 253  # of OkHttp 5; a longer pattern is an error for all hosts
MAX_EXEMPTIONS: Final = 1000  # a method of the JVM is limited to 64 kB of code


def _exempts(export: Export) -> bool:
    return any(entry.exempt for entry in export.entries)


LIMITS: Final = (
    "Not pinned: WebView, HttpsURLConnection, and every OkHttpClient that was not made here or given this pinner.",
    Limit(
        "Not pinned: hosts without an entry and plain HTTP, to which a redirect may lead. Set require-pins to refuse"
        " both.",
        allows_unpinned,
    ),
    Limit("The expiry date is checked when a client is made. A client that lives longer keeps its pins.", expires),
    Limit(
        "A CertificatePinner cannot exempt hosts. The clients made here can, but the pinner alone pins an exempt host"
        " like its parent.",
        _exempts,
    ),
    Limit(
        "Not pinned: web sockets of a client that was made here and then given another hostnameVerifier.",
        _exempts,
        page=(
            "If hosts are exempt, not pinned: web sockets of a client that was made here and then given another"
            " `hostnameVerifier`."
        ),
    ),
    Limit("Mismatches on web sockets to report-only hosts are not reported.", reports),
    Limit("A server that changes its certificate on an open web socket is not noticed.", enforces),
)
REMARKS: Final = (
    (
        "The callback for mismatches changes no decision, and must return at once. Clients from `Pins.client` call it,"
        " and a client that only has the pinner does not. It is not called if OkHttp refuses one address of a host and"
        " then reaches another."
    ),
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
    (
        "If hosts are exempt, the client compares pins in its `hostnameVerifier`, which OkHttp calls for every"
        " handshake, and before each request."
    ),
)


def check(target: str) -> Callable[[Export], None]:
    """Return the function that refuses policies that OkHttp would enforce more strictly than they say."""

    def refuse(export: Export) -> None:
        reasons = outlasted(export.entries)
        reasons += [
            refusal(entry.host, f"OkHttp accepts patterns of up to {MAX_PATTERN} characters, but this one has {length}")
            for entry in export.entries
            if not entry.exempt
            if (length := len(f"**.{entry.host}." if entry.include_subdomains else f"{entry.host}.")) > MAX_PATTERN
        ]
        if len(exceptions(export)) > MAX_EXEMPTIONS:
            reasons.append(refusal(None, f"more than {MAX_EXEMPTIONS} hosts are exempt or pinned below exempt hosts"))
        if reasons:
            raise ExportRefusedError(target, reasons)

    return refuse


def exceptions(export: Export) -> list[HostView]:
    """Return the exempt hosts, and the pinned hosts that are below exempt ones; they decide which hosts are exempt."""
    below = {entry.host for entry in export.entries if entry.exempt and entry.include_subdomains}
    return [
        HostView.of_entry(entry)
        for entry in export.entries
        if entry.exempt or not below.isdisjoint(ancestors(entry.host))
    ]


def more(export: Export) -> Mapping[str, object]:
    """Return the variables of the templates besides the usual ones."""
    return {"exceptions": exceptions(export)}


def outlasted(entries: Sequence[Entry]) -> list[Finding]:
    """List the hosts on which a platform would enforce the pins of a parent though their own entry does not."""
    by_host = {entry.host: entry for entry in entries if not entry.report_only and not entry.exempt}
    return [reason for entry in entries if not entry.exempt for reason in _outlasted(entry, by_host)]


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
