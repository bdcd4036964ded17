"""
Ktor on CIO, its own TLS for the JVM: an engine that pins.

CIO does not pass the host to a trust manager. So the generated engine has one engine of CIO for each entry, and picks
it by the host of the request.
"""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can
from pinsmith.formats._guide import Addition
from pinsmith.formats.code import _okhttp
from pinsmith.formats.code._language import KOTLIN
from pinsmith.formats.code._limit import Limit, allows_unpinned
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="ktor-cio",
    title="Ktor, CIO engine on the JVM",
    spec="https://api.ktor.io/ktor-network-tls/io.ktor.network.tls/-t-l-s-config-builder/",
    language=KOTLIN,
    suffix=".kt",
    compromised="accepted",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True),
    platforms=("languages",),
    place="src/jvmMain/kotlin/pins/Pins.kt",
    additions=(Addition("build.gradle.kts", 'implementation("io.ktor:ktor-client-cio:3.6.1")'),),
    usage="""
val client = HttpClient(Pins) { // instead of HttpClient(CIO); or Pins.httpClient { ... }
    engine {
        https { trustManager = yours } // optional, as in CIO
    }
}
val answer = client.get("https://api.example.com/").bodyAsText()
""",
    options=_okhttp.KOTLIN_OPTIONS,
    limits=(
        "Not pinned: clients with another engine, such as HttpClient(CIO).",
        Limit(
            "Not pinned: hosts without an entry and plain HTTP, to which a redirect may lead. Set require-pins to"
            " refuse both.",
            allows_unpinned,
        ),
        "Android is not supported. Use the target ktor there.",
    ),
    remarks=(
        "`Pins.onMismatch` receives every mismatch.",
        "It needs Ktor 3. CIO supports only TLS 1.2, and no certificates with Ed25519 keys.",
        (
            "A pinned host is refused if its certificate has no DNS name, which CIO alone would accept for every host,"
            " or if it presents more than ten certificates."
        ),
    ),
)
