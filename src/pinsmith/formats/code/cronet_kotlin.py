"""Cronet in Kotlin: a function that builds an engine that pins."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._guide import Addition
from pinsmith.formats.code import _cronet, _debug, _okhttp
from pinsmith.formats.code._language import KOTLIN
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="cronet-kotlin",
    title="Cronet, Kotlin",
    spec="https://developer.android.com/develop/connectivity/cronet/reference/org/chromium/net/CronetEngine.Builder",
    language=KOTLIN,
    suffix=".kt",
    compromised="accepted",
    can=_cronet.CAN,
    platforms=("android",),
    place="app/src/main/java/pins/Pins.kt",
    additions=(Addition("app/build.gradle.kts", 'implementation("org.chromium.net:cronet-embedded:143.7445.0")'),),
    usage="""
val engine = Pins.engine(CronetEngine.Builder(context).enableBrotli(true)) // keep the engine
engine.newUrlRequestBuilder("https://api.example.com/", callback, executor).build().start()
""",
    options=(*_okhttp.KOTLIN_OPTIONS, _debug.BUILD_CONFIG),
    limits=_cronet.LIMITS,
    remarks=(
        _cronet.FALLBACK,
        (
            "The code is compiled against stand-ins with the documented signatures, and runs on a JVM with the builder"
            " of Android 14, which takes the pins. The engine itself has not been run."
        ),
        *_cronet.REMARKS,
    ),
    check=_cronet.check("cronet-kotlin"),
)
