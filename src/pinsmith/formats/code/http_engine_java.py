"""Android HttpEngine in Java: a function that builds an engine that pins."""

from __future__ import annotations

from typing import Final

from pinsmith.formats.code import _cronet, _debug
from pinsmith.formats.code._language import JAVA
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="http-engine-java",
    title="Android HttpEngine, Java",
    spec="https://developer.android.com/reference/android/net/http/HttpEngine.Builder",
    language=JAVA,
    suffix=".java",
    compromised="accepted",
    can=_cronet.CAN,
    platforms=("android",),
    place="app/src/main/java/pins/Pins.java",
    usage="""
HttpEngine engine = Pins.engine(new HttpEngine.Builder(context).setEnableBrotli(true)); // keep the engine
engine.newUrlRequestBuilder("https://api.example.com/", executor, callback).build().start();
""",
    options=(*_cronet.JAVA_OPTIONS, _debug.BUILD_CONFIG),
    limits=_cronet.LIMITS,
    remarks=(
        "It needs Android 14 (API level 34).",
        (
            "The code runs on a JVM with the classes of Android 14, whose builder takes the pins. The engine itself has"
            " not been run."
        ),
        *_cronet.REMARKS,
    ),
    check=_cronet.check("http-engine-java"),
)
