"""Ktor on OkHttp: a Ktor client whose engine is a pinned OkHttp client."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._guide import Addition
from pinsmith.formats.code import _debug, _okhttp
from pinsmith.formats.code._language import KOTLIN
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="ktor",
    title="Ktor, OkHttp engine",
    spec="https://api.ktor.io/ktor-client-okhttp/io.ktor.client.engine.okhttp/-ok-http-config/",
    language=KOTLIN,
    suffix=".kt",
    compromised="OkHttp 4.12.1, 5.5.1 and later",
    can=_okhttp.CAN,
    platforms=("android", "languages"),
    place="app/src/main/java/pins/Pins.kt",
    additions=(Addition("app/build.gradle.kts", 'implementation("io.ktor:ktor-client-okhttp:3.6.1")'),),
    usage="""
val client = Pins.httpClient {
    install(HttpTimeout) { requestTimeoutMillis = 10_000 }
}
val answer = client.get("https://api.example.com/").bodyAsText()

// With the settings of an OkHttpClient that you have, such as its trust anchors
val other = Pins.httpClient(base) { install(WebSockets) }
""",
    options=(*_okhttp.KOTLIN_OPTIONS, _debug.BUILD_CONFIG),
    limits=(
        *_okhttp.LIMITS,
        "Not pinned: engines whose `config` sets another pinner, or that have a `webSocketFactory` of their own.",
    ),
    remarks=(
        (
            "In a multiplatform project, use ktor-darwin or ktor-cio for the other platforms. `Pins::httpClient` is a"
            " `(HttpClientConfig<*>.() -> Unit) -> HttpClient` in all three, which common code can take as a parameter."
        ),
        "It needs Ktor 3.",
        "`Pins.onMismatch` is called for every mismatch. Its argument has the event for `pinsmith serve`.",
        *_okhttp.REMARKS,
    ),
    check=_okhttp.check("ktor"),
    more=_okhttp.more,
)
