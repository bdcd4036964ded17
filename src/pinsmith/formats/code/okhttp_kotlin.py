"""OkHttp in Kotlin: a `CertificatePinner`, and a client that uses it."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._guide import Addition
from pinsmith.formats.code import _debug, _okhttp
from pinsmith.formats.code._language import KOTLIN
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="okhttp-kotlin",
    title="OkHttp, Kotlin",
    spec=_okhttp.SPEC,
    language=KOTLIN,
    suffix=".kt",
    compromised="OkHttp 4.12.1, 5.5.1 and later",
    can=_okhttp.CAN,
    platforms=("android", "languages"),
    place="app/src/main/java/pins/Pins.kt",
    additions=(Addition("app/build.gradle.kts", 'implementation("com.squareup.okhttp3:okhttp:5.5.1")'),),
    usage="""
val client = Pins.client() // or, with the settings of a client that you have: Pins.client(base)
val request = Request.Builder().url("https://api.example.com/").build()
client.newCall(request).execute().use { response -> println(response.code) }

// For builders of your own and of libraries that take a CertificatePinner
val builder = OkHttpClient.Builder().certificatePinner(Pins.certificatePinner)
""",
    options=(*_okhttp.KOTLIN_OPTIONS, _debug.BUILD_CONFIG),
    limits=_okhttp.LIMITS,
    remarks=(
        "`Pins.onMismatch` is called for every mismatch. Its argument has the event for `pinsmith serve`.",
        *_okhttp.REMARKS,
    ),
    check=_okhttp.check("okhttp-kotlin"),
    more=_okhttp.more,
)
