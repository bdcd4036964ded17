"""Ktor on OkHttp: a client of Ktor whose engine is a pinned client of OkHttp."""

from __future__ import annotations

from typing import Final

from pinsmith.formats.code import _okhttp, okhttp_kotlin
from pinsmith.formats.code._language import KOTLIN
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="ktor",
    title="Ktor, on its engine OkHttp",
    spec="https://api.ktor.io/ktor-client-okhttp/io.ktor.client.engine.okhttp/-ok-http-config/",
    language=KOTLIN,
    suffix=".kt",
    compromised="OkHttp 4.12.1, 5.5.1 and later",
    can=_okhttp.CAN,
    options=okhttp_kotlin.FORMAT.options,
    limits=(
        *_okhttp.LIMITS,
        "An engine whose `config` sets another pinner, or a `webSocketFactory` of its own.",
    ),
    remarks=(
        "`Pins.httpClient { install(ContentNegotiation) }` is an `HttpClient`. Ktor 3.",
        "`Pins.httpClient(base) { ... }` pins an `OkHttpClient` that you have, with its trust anchors.",
        "For the engines CIO and Darwin there are `ktor-cio` and `ktor-darwin`.",
        *_okhttp.REMARKS,
    ),
    check=_okhttp.check("ktor"),
)
