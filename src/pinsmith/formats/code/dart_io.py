"""Dart: an `HttpClient` that pins, also for package:http and dio."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats.code._debug import switch
from pinsmith.formats.code._language import DART
from pinsmith.formats.code._limit import ADDRESSES, Limit, allows_unpinned, reports
from pinsmith.formats.code._target import code_format

OVERRIDES: Final = """\
// All clients of an app, such as that of Image.network
class PinnedHttpOverrides extends HttpOverrides {
  @override
  HttpClient createHttpClient(SecurityContext? context) =>
      pinnedHttpClient(context: context);
}
"""
"""For apps that pin every client; tests/prove runs it as it is."""

FORMAT: Final = code_format(
    id="dart-io",
    title="Dart and Flutter, dart:io",
    spec="https://api.dart.dev/dart-io/HttpClient/connectionFactory.html",
    language=DART,
    suffix=".dart",
    compromised="leaf",
    can=Can(subdomains="any-depth", exempts=True, expiry=True, report_only=True, require_pins=True, matches="leaf"),
    platforms=("flutter",),
    place="lib/pins.dart",
    additions=(Addition("shell", "dart pub add crypto # or flutter pub add crypto"),),
    usage=f"""
final client = pinnedHttpClient();

// package:http
final httpClient = IOClient(pinnedHttpClient());

// dio
dio.httpClientAdapter = IOHttpClientAdapter(createHttpClient: pinnedHttpClient);

{OVERRIDES}
void main() {{
  HttpOverrides.global = PinnedHttpOverrides();
  runApp(const App());
}}
""",
    options=(
        OutputOption(
            "function",
            "the name of the function, which begins with a lower-case letter",
            default="pinnedHttpClient",
            pattern=rf"(?=[a-z]){DART.name}",
        ),
        switch("kDebugMode"),
    ),
    limits=(
        "Not pinned: Flutter for the web, web views, native plugins, and clients that were not made here.",
        Limit("Not pinned: hosts without an entry and plain HTTP, to which a redirect may lead.", allows_unpinned),
        *ADDRESSES,
        "Keys of authorities are not compared. Dart shows only the certificate of the host.",
        "A pinned host behind a proxy is refused, because Dart shows no certificate before the request is sent.",
        Limit("A report-only host behind a proxy is reported and not checked.", reports),
    ),
    remarks=(
        "It needs Dart 3.5 or newer, and package:crypto.",
        (
            "`onMismatch` is called for every mismatch, also of report-only hosts. It changes no decision."
            " Its argument has the event for `pinsmith serve`."
        ),
        "To trust other authorities, pass a `SecurityContext` as `context`.",
        "Do not set `connectionFactory` on the client, because the pins use it.",
        "The client is always that of Dart, even if another package sets `HttpOverrides`.",
    ),
)
