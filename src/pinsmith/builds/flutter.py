"""
Flutter: whether a pubspec.yaml is that of a Flutter project, and the packages that send requests in another way.

The HttpClient of Dart has its own TLS. These packages use clients of the platform, or a browser inside the app.

Source:
    https://dart.dev/tools/pub/pubspec, https://pub.dev/packages/http#choosing-an-implementation
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.builds._reader import Client, Reader, lines
from pinsmith.finding import FilePlace

if TYPE_CHECKING:
    from collections.abc import Iterator

FLUTTER: Final = "pub:flutter"
_SDK: Final = re.compile(r"\s+sdk:\s*['\"]?flutter['\"]?\s*(?:#.*)?")
_LISTED: Final = re.compile(r"\s+(\w+):.*")
_OTHERS: Final = frozenset({
    "cronet_http", "cupertino_http", "flutter_inappwebview", "native_dio_adapter", "native_dio_client", "ok_http",
    "rhttp", "webview_flutter",
})  # fmt: skip


def _read(text: str, file: str) -> Iterator[Client]:
    for number, line in lines(text):
        listed = _LISTED.fullmatch(line)
        package = FLUTTER if _SDK.fullmatch(line) else f"pub:{listed[1]}" if listed and listed[1] in _OTHERS else ""
        if package:
            yield Client(package, "", None, FilePlace(file, number), is_lock=False)


READER: Final = Reader(
    id="flutter",
    title="Flutter",
    files="`pubspec.yaml`",
    is_name=lambda name: name == "pubspec.yaml",
    read=_read,
)
