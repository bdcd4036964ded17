"""React Native, react-native-ssl-public-key-pinning: a function that sets the pins, and a fetch that waits for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError
from pinsmith.formats._format import OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats._json_pins import require_trustkit
from pinsmith.formats._rn_options import CAN
from pinsmith.formats.code._debug import switch
from pinsmith.formats.code._language import JAVASCRIPT
from pinsmith.formats.code._limit import Limit, expires, includes_subdomains
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
    platforms=("react-native", "expo"),
    place="src/pins.ts",
    additions=(Addition("shell", "npm install react-native-ssl-public-key-pinning\nnpx pod-install"),),
    usage="""
// index.js, before anything else
import { onMismatch, startPinning } from "./pins";

onMismatch((error) => console.error(error));
startPinning().catch((error) => {
  // the pins are not set: do not send requests with fetch or XMLHttpRequest
  console.error(error);
});

// Where a request must not be sent before the pins are set
import { pinnedFetch } from "./pins";

const response = await pinnedFetch("https://api.example.com/");
""",
    options=(
        OutputOption(
            "allow-unpinned-fetch",
            "whether `startPinning` allows a global `fetch` that is not pinned, such as that of Expo SDK 56",
            bool,
            default=False,
        ),
        switch("__DEV__"),
    ),
    limits=(
        "Not pinned: the `fetch` of Expo, which is the global one since Expo SDK 56, or is imported from `expo/fetch`.",
        "Not pinned: requests that are sent before `startPinning` has resolved, except those of `pinnedFetch`.",
        "Not pinned: web views, web sockets, images on Android, and native libraries with connections of their own.",
        "Not pinned: hosts that are spelled with a final dot, and on iOS with capitals.",
        "Not pinned on iOS: a request that shares the HTTP/2 connection of another host with the same certificate.",
        "Not pinned on iOS: a connection that resumes a TLS session from before the app was restarted.",
        Limit("Pins that expire stay in force until the app is restarted.", expires),
        Limit(
            "On Android the pins of a parent that includes subdomains also apply to hosts with an entry.",
            includes_subdomains,
        ),
    ),
    remarks=(
        (
            "Expo SDK 56 and later replace the global `fetch` with one that the library does not pin. `startPinning()`"
            " rejects there, unless the app is built with `EXPO_PUBLIC_USE_RN_FETCH=1`. It also rejects if another"
            " library has replaced or wrapped `fetch`. To send requests with `pinnedFetch` only, set"
            " `allow-unpinned-fetch`. To pin all requests of an Expo app, use expo-nsc and expo-ats."
        ),
        "After `startPinning()` has resolved, `fetch`, `XMLHttpRequest` and what is built on them are pinned.",
        (
            "If the pins cannot be set, as in Expo Go, `startPinning` rejects, and `pinnedFetch` rejects and sends"
            " nothing."
        ),
        "`onMismatch(listener)` adds a listener that is called for every mismatch.",
        "On iOS the library uses TrustKit, which needs at least two pins for each host.",
        (
            "Checked with the JavaScript, the types and the Java of the library, which runs on a JVM. Its iOS part has"
            " not been run."
        ),
    ),
    check=_check,
)
