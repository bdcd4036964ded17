"""OkHttp in Java: a `CertificatePinner`, and a client that has it."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import OutputOption
from pinsmith.formats.code import _okhttp
from pinsmith.formats.code._language import JAVA
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="okhttp-java",
    title="OkHttp, Java",
    spec=_okhttp.SPEC,
    language=JAVA,
    suffix=".java",
    compromised="OkHttp 4.12.1, 5.5.1 and later",
    can=_okhttp.CAN,
    options=(
        OutputOption("package", "the name of the package", default="pins", pattern=JAVA.path),
        OutputOption("class", "the name of the class", default="Pins", pattern=JAVA.name),
        OutputOption("visibility", "who sees the class", default="public", choices=("public", "package")),
    ),
    limits=_okhttp.LIMITS,
    remarks=(
        "`Pins.client()` is a ready `OkHttpClient`; `Pins.client(base)` is the client that you have, pinned.",
        "`Pins.certificatePinner()` is for all else that takes one, such as a builder of your own.",
        *_okhttp.REMARKS,
    ),
    check=_okhttp.check("okhttp-java"),
)
