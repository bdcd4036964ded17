"""
Ktor on CIO, its own TLS for the JVM: an engine that pins.

CIO asks a trust manager about a chain, and does not say for which host. So the engine that is generated has one of CIO
for each entry, and picks it by the host of the request.
"""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can
from pinsmith.formats.code import okhttp_kotlin
from pinsmith.formats.code._language import KOTLIN
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="ktor-cio",
    title="Ktor, CIO engine on the JVM",
    spec="https://api.ktor.io/ktor-network-tls/io.ktor.network.tls/-t-l-s-config-builder/",
    language=KOTLIN,
    suffix=".kt",
    compromised="accepted",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True),
    options=okhttp_kotlin.FORMAT.options,
    limits=(
        "Clients that are not made with this engine, such as HttpClient(CIO).",
        "Hosts without pins and plain http, where redirects may lead, unless the pin file says `require-pins`.",
        "Android: take the target ktor.",
    ),
    remarks=(
        "`HttpClient(Pins) { ... }` in place of `HttpClient(CIO) { ... }`; `engine { }` takes the same configuration.",
        "A trust manager of your own goes where it always does, into `https { trustManager = ... }`.",
        "Ktor 3. CIO has TLS 1.2 alone, and takes no certificates with Ed25519 keys.",
        "A certificate without any host name is refused for a pinned host; CIO by itself takes it for every host.",
        "So are more than ten certificates, as JSSE does it.",
    ),
)
