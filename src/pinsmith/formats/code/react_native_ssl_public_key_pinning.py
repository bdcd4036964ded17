"""React Native, react-native-ssl-public-key-pinning: what turns the pins on, and a fetch that waits for that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError
from pinsmith.formats._format import OutputOption
from pinsmith.formats._json_pins import require_trustkit
from pinsmith.formats._rn_options import CAN, REMARKS
from pinsmith.formats.code._language import JAVASCRIPT
from pinsmith.formats.code._okhttp import outlasted
from pinsmith.formats.code._target import code_format

if TYPE_CHECKING:
    from pinsmith.formats._format import Export

_ID: Final = "react-native-ssl-public-key-pinning"


def _check(export: Export) -> None:
    require_trustkit(export, _ID)
    if reasons := outlasted(export.entries):
        raise ExportRefusedError(_ID, reasons)


FORMAT: Final = code_format(
    id=_ID,
    title="React Native, react-native-ssl-public-key-pinning",
    spec="https://github.com/frw/react-native-ssl-public-key-pinning#api-reference",
    language=JAVASCRIPT,
    suffix=".ts",
    compromised="accepted",
    can=replace(CAN, misses_expo_fetch=False),
    options=(
        OutputOption(
            "allow-unpinned-fetch",
            "whether the app may start with a global `fetch` that is not pinned, as that of Expo SDK 56 and later",
            bool,
            default=False,
        ),
    ),
    limits=(
        "Expo's own `fetch`, the global one since Expo SDK 56, and what else is imported from `expo/fetch`.",
        "What is sent before `startPinning` has ended, unless with `pinnedFetch`.",
        "Web views, web sockets, images on Android, and native libraries with connections of their own.",
        "Hosts spelt with a final dot, and on iOS with capitals: they are not pinned.",
        "On iOS HTTP/2 connections that a host shares with others of its certificate.",
        "On iOS connections that resume a TLS session from before the app was started anew.",
        "Pins that end while the app runs: they do when it is started anew.",
    ),
    remarks=(
        "`startPinning()` first in `index.js`, then `fetch`, `XMLHttpRequest` and what is built on them are pinned.",
        (
            "Expo SDK 56 and later replace the global `fetch` by one that the library does not pin. `startPinning()` "
            "rejects there, unless the app is built with `EXPO_PUBLIC_USE_RN_FETCH=1`. It also rejects if another "
            "library has replaced or wrapped `fetch` before. To send with `pinnedFetch` alone, set "
            "`allow-unpinned-fetch`. To pin all requests of an Expo app, use expo-nsc and expo-ats."
        ),
        (
            "`pinnedFetch(url)` waits for the pins, and sends nothing if they could not be set, as in Expo Go. It is "
            "built on `XMLHttpRequest`, so it is pinned with every release of Expo."
        ),
        "`onMismatch(listener)` is told of each mismatch.",
        *REMARKS,
        "Checked with the library's own JavaScript, types and Java, which runs on a JVM; its iOS part is not run.",
    ),
    check=_check,
)
