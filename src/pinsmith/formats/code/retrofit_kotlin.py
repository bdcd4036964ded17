"""Retrofit in Kotlin: a builder whose client pins, by the `CertificatePinner` of OkHttp."""

from __future__ import annotations

from typing import Final

from pinsmith.formats.code import _okhttp
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
    options=_okhttp.KOTLIN_OPTIONS,
    limits=_okhttp.LIMITS,
    remarks=(
        '`Pins.retrofit("https://api.example.com/")` is a `Retrofit.Builder` whose client pins.',
        "`Pins.client()` is a ready `OkHttpClient`; `Pins.client(base)` is the client that you have, pinned.",
        "`Pins.certificatePinner` is for all else that takes one, such as a builder of your own.",
        *_okhttp.REMARKS,
    ),
    check=_okhttp.check("retrofit-kotlin"),
)
