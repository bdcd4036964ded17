"""Dart: an `HttpClient` that pins, for package:http and dio too."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import DART
from pinsmith.formats.code._target import code_format

FORMAT: Final = code_format(
    id="dart-io",
    title="Dart and Flutter, dart:io",
    spec="https://api.dart.dev/dart-io/HttpClient/connectionFactory.html",
    language=DART,
    suffix=".dart",
    compromised="leaf",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True, matches="leaf"),
    options=(
        OutputOption(
            "function",
            "the name of the function, in lower case at first",
            default="pinnedHttpClient",
            pattern=rf"(?=[a-z]){DART.name}",
        ),
    ),
    limits=(
        "Hosts that are IP addresses, and plain HTTP.",
        "Authorities: Dart shows the certificate of the host alone.",
        "Flutter for the web, web views, native plugins, and clients made in another way.",
        "A pinned host behind a proxy is refused, or let pass if it only reports: Dart shows no certificate in time.",
    ),
    remarks=(
        "`pinnedHttpClient()` is an `HttpClient`, and `IOClient(pinnedHttpClient())` is one of package:http.",
        (
            "For all clients of an app: set `HttpOverrides.global` to a class of yours whose "
            "`createHttpClient(context)` returns `pinnedHttpClient(context: context)`. The client in it is always "
            "Dart's own: overrides of other packages do not change it."
        ),
        "For dio: `dio.httpClientAdapter = IOHttpClientAdapter(createHttpClient: pinnedHttpClient)`.",
        "Authorities of the app's own go into `context`.",
        "The key is compared before anything is sent, and `connectionFactory` is taken: set no other.",
        "It needs Dart 3.5 or newer, and package:crypto.",
        "`onMismatch` is told of hosts behind a proxy, and of those that are refused for want of pins, too.",
    ),
)
