"""Shared by the targets for Cronet and Android's HttpEngine, which is Cronet as a part of the system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError
from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._loss import refusal
from pinsmith.formats.code._language import JAVA
from pinsmith.formats.code._okhttp import outlasted
from pinsmith.host import ancestors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.finding import Finding
    from pinsmith.formats._format import Export

CAN: Final = Can(subdomains="any-depth", expiry=True)
JAVA_OPTIONS: Final = (
    OutputOption("package", "the name of the package", default="pins", pattern=JAVA.path),
    OutputOption("class", "the name of the class", default="Pins", pattern=JAVA.name),
    OutputOption("visibility", "the visibility of the class", default="public", choices=("public", "package")),
)
LIMITS: Final = (
    "Not pinned: engines that were not made here, WebView, and HttpsURLConnection.",
    "Not pinned: hosts without an entry and plain HTTP, to which a redirect may lead.",
)
REMARKS: Final = (
    (
        "By default Cronet does not compare pins if a chain ends in an authority that the user or an administrator has"
        " installed. `engine` switches that off."
    ),
    "Keep the engine. Each new one makes its own connections.",
    "Cronet needs an expiry date. Pins without one get the last day of the year 9999.",
    (
        "If a host has an entry of its own without subdomains, Cronet pins no host below it, even if a parent includes"
        " them. pinsmith refuses to export such a policy."
    ),
)
FALLBACK: Final = (
    "`engine` throws an `IllegalStateException` if the device has only the fallback of Cronet, which does not pin."
)


def check(target: str) -> Callable[[Export], None]:
    """Return the function that refuses policies for which Cronet would throw, or pin fewer or more hosts."""

    def refuse(export: Export) -> None:
        if reasons := [*_problems(export), *outlasted(export.entries)]:
            raise ExportRefusedError(target, reasons)

    return refuse


def _problems(export: Export) -> Iterator[Finding]:
    """
    Yield the hosts that Cronet refuses, and those whose subdomains it would leave unpinned.

    Source:
        Chromium: ``addPublicKeyPins`` in components/cronet/android/java/src/org/chromium/net/impl/
        CronetEngineBuilderImpl.java, and ``GetDynamicPKPState`` in net/http/transport_security_state.cc
    """
    reaching = {entry.host for entry in export.entries if entry.include_subdomains}
    for entry in export.entries:
        if "_" in entry.host:
            yield refusal(entry.host, "Cronet throws for a name with an underscore")
        parent = next((name for name in ancestors(entry.host) if name in reaching), None)
        if parent is not None and not entry.include_subdomains:
            text = (
                f"Cronet would pin no host below it, although {parent} includes them; set include-subdomains here too"
            )
            yield refusal(entry.host, text)
