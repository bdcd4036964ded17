"""OkHttp in Java: a `CertificatePinner`, and a client that uses it."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats.code import _debug, _okhttp
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
    platforms=("android", "languages"),
    place="app/src/main/java/pins/Pins.java",
    additions=(Addition("app/build.gradle.kts", 'implementation("com.squareup.okhttp3:okhttp:5.5.1")'),),
    usage="""
OkHttpClient client = Pins.client(); // or, with the settings of a client that you have: Pins.client(base)
Request request = new Request.Builder().url("https://api.example.com/").build();
try (Response response = client.newCall(request).execute()) {
  System.out.println(response.code());
}

// For builders of your own and of libraries that take a CertificatePinner
OkHttpClient.Builder builder = new OkHttpClient.Builder().certificatePinner(Pins.certificatePinner());
""",
    options=(
        OutputOption("package", "the name of the package", default="pins", pattern=JAVA.path),
        OutputOption("class", "the name of the class", default="Pins", pattern=JAVA.name),
        OutputOption("visibility", "the visibility of the class", default="public", choices=("public", "package")),
        _debug.BUILD_CONFIG,
    ),
    limits=_okhttp.LIMITS,
    remarks=(
        "`Pins.setListener` sets what is called for every mismatch. Its argument has the event for `pinsmith serve`.",
        *_okhttp.REMARKS,
    ),
    check=_okhttp.check("okhttp-java"),
    more=_okhttp.more,
)
