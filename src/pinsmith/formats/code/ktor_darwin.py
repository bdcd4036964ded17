"""
Ktor on Darwin, for Apple's platforms: a challenge handler that uses a Ktor pinner for each host.

One pinner for all hosts would not do. The pinner of Ktor 3.3 accepts the pins of every host that it knows, and finds no
pins for a name that is not in lower case. So the handler makes a pinner for each challenge, with the pins of that host.
"""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can
from pinsmith.formats._guide import Addition
from pinsmith.formats.code import _okhttp
from pinsmith.formats.code._language import KOTLIN
from pinsmith.formats.code._swift import RESUMED, SHARED
from pinsmith.formats.code._target import code_format

_ALGORITHMS: Final = frozenset({"RSA 1024", "RSA 2048", "RSA 3072", "RSA 4096", "EC P-256", "EC P-384"})

FORMAT: Final = code_format(
    id="ktor-darwin",
    title="Ktor, Darwin engine",
    spec="https://api.ktor.io/ktor-client-darwin/io.ktor.client.engine.darwin.certificates/-certificate-pinner/",
    language=KOTLIN,
    suffix=".kt",
    compromised="accepted",
    can=Can(
        subdomains="any-depth",
        exempts=True,
        expiry=True,
        report_only=True,
        require_pins=True,
        algorithms=_ALGORITHMS,
    ),
    platforms=("ios",),
    place="src/iosMain/kotlin/pins/Pins.kt",
    additions=(Addition("build.gradle.kts", 'implementation("io.ktor:ktor-client-darwin:3.5.2")'),),
    usage="""
val client = Pins.httpClient {
    install(HttpTimeout) { requestTimeoutMillis = 10_000 }
}
val answer = client.get("https://api.example.com/").bodyAsText()

// With a handler of your own for other challenges, such as client certificates
val other = HttpClient(Darwin) {
    engine { handleChallenge(Pins.challengeHandler(otherwise = yourHandler)) }
}
""",
    options=_okhttp.KOTLIN_OPTIONS,
    limits=(
        "Not pinned: WKWebView, URLSession, and Ktor clients that do not use this handler.",
        "Not pinned: sessions that are given to Ktor with `usePreconfiguredSession`.",
        "Not pinned: plain HTTP, to which a redirect may lead.",
        RESUMED,
        SHARED.replace("session", "client"),
    ),
    remarks=(
        (
            "In a multiplatform project, use ktor or ktor-cio for the other platforms. `Pins::httpClient` is a"
            " `(HttpClientConfig<*>.() -> Unit) -> HttpClient` in all three, which common code can take as a parameter."
        ),
        "It needs Ktor 3.3 or newer.",
        "`Pins.onMismatch` receives the mismatches of report-only hosts.",
        "To trust a private authority, install it on the device with a profile.",
        (
            "The code is compiled for iOS, and its choice of pins is tested with stand-ins for Apple's classes. It has"
            " not been run on a device."
        ),
    ),
)
