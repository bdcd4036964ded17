"""
Ktor on Darwin, for Apple's platforms: a handler of challenges that hands each host to a pinner of Ktor with its pins.

One pinner for all hosts would do what OkHttp's does, and less: that of Ktor 3.3 compares with the pins of all hosts,
and to all a name that is not in lower case has none. So each challenge gets one of its own, with its host's pins alone.
"""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can
from pinsmith.formats.code import okhttp_kotlin
from pinsmith.formats.code._language import KOTLIN
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
    options=okhttp_kotlin.FORMAT.options,
    limits=(
        "Clients that are not made here, and sessions that are given to Ktor with `usePreconfiguredSession`.",
        "WebView, URLSession and all else that is not Ktor.",
        "Connections that resume a TLS session: the system asks about the first one alone.",
        "HTTP/2 connections shared by hosts of one certificate: ask hosts that are not pinned with another client.",
        "Plain http, where redirects may lead.",
    ),
    remarks=(
        "`Pins.httpClient { install(ContentNegotiation) }` is an `HttpClient`. Ktor 3.3 or newer.",
        "`engine { handleChallenge(Pins.challengeHandler(yours)) }` is for clients with challenges of their own.",
        "Private authorities are those that the device trusts: a profile, or a setting of a debug build.",
        "Compiled for iOS, and its choice of pins tried with stand-ins for Apple's classes; never run on a device.",
    ),
)
