"""Retrofit in Kotlin: a builder whose client has a `CertificatePinner` of OkHttp."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._guide import Addition
from pinsmith.formats.code import _debug, _okhttp
from pinsmith.formats.code._language import KOTLIN
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="retrofit-kotlin",
    title="Retrofit, Kotlin",
    spec="https://square.github.io/retrofit/2.x/retrofit/retrofit2/Retrofit.Builder.html",
    language=KOTLIN,
    suffix=".kt",
    compromised="OkHttp 4.12.1, 5.5.1 and later",
    can=_okhttp.CAN,
    platforms=("android", "languages"),
    place="app/src/main/java/pins/Pins.kt",
    additions=(Addition("app/build.gradle.kts", 'implementation("com.squareup.retrofit2:retrofit:3.0.0")'),),
    usage="""
val api = Pins
    .retrofit("https://api.example.com/") // or Pins.retrofit(baseUrl, base), with the settings of your client
    .addConverterFactory(ScalarsConverterFactory.create())
    .build()
    .create(Api::class.java)

// The same client for requests without Retrofit
val client = Pins.client()
""",
    options=(*_okhttp.KOTLIN_OPTIONS, _debug.BUILD_CONFIG),
    limits=_okhttp.LIMITS,
    remarks=(
        "`Pins.onMismatch` is called for every mismatch. Its argument has the event for `pinsmith serve`.",
        *_okhttp.REMARKS,
    ),
    check=_okhttp.check("retrofit-kotlin"),
    more=_okhttp.more,
)
