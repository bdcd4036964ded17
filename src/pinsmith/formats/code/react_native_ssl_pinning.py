"""React Native, react-native-ssl-pinning: a fetch for pinned hosts, with hashes on Android and certificates on iOS."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError
from pinsmith.formats._certificate_files import NAMES, attached, folder_option
from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats._loss import refusal
from pinsmith.formats.code._language import JAVASCRIPT
from pinsmith.formats.code._target import code_format

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinsmith.finding import Finding
    from pinsmith.formats._format import Export

_ID: Final = "react-native-ssl-pinning"
_SUFFIX: Final = ".cer"
_SHARE: Final = "share-keys-on-ios"
_UNREADABLE: Final = re.compile(r"_|(?:^|\.)[^.]*-(?:\.|$)|(?:^|\.)[0-9][^.]*$")
"""Hosts for which ``java.net.URI.getHost`` returns null, so that the library crashes the app on Android."""


def _check(export: Export) -> None:
    if reasons := list(_problems(export)):
        raise ExportRefusedError(_ID, reasons)


def _problems(export: Export) -> Iterator[Finding]:
    pinned = [entry for entry in export.entries if not entry.exempt]
    for entry in pinned:
        if entry.host.startswith("www."):
            yield refusal(entry.host, "on Android the library does not pin hosts that begin with www.")
        if _UNREADABLE.search(entry.host):
            yield refusal(entry.host, "the library cannot read this name on Android and would crash the app")
    if not export.options[_SHARE] and len({frozenset(key.pin for key in entry.keys) for entry in pinned}) > 1:
        names = ", ".join(entry.host for entry in pinned)
        yield refusal(None, f"iOS would accept the keys of {names} for each other; to allow that, set {_SHARE}")


def _attachments(export: Export) -> Mapping[str, bytes]:
    return attached(export, _SUFFIX)


FORMAT: Final = replace(
    code_format(
        id=_ID,
        title="React Native, react-native-ssl-pinning",
        spec="https://github.com/MaxToyberman/react-native-ssl-pinning#public-key-pinning",
        language=JAVASCRIPT,
        suffix=".ts",
        compromised="accepted",
        can=Can(subdomains="any-depth", exempts=True, takes="certificate", compares_keys=True, require_pins=True),
        platforms=("react-native", "expo"),
        place="src/pins.ts",
        additions=(Addition("shell", "npm install react-native-ssl-pinning\nnpx pod-install"),),
        usage="""
import { pinnedFetch } from "./pins";

const response = await pinnedFetch("https://api.example.com/", { method: "GET" });
const answer = await response.json();
""",
        options=(
            folder_option("certificates", "the main bundle"),
            OutputOption(_SHARE, "whether iOS may accept the keys of each host for the others", bool, default=False),
        ),
        limits=(
            "Not pinned: requests with another function, and web views.",
            "Not pinned on Android: redirects to another host, which get no pins.",
            (
                "On Android the library keeps the first pins of a host until the app is restarted. Do not call the"
                " library directly for the same host."
            ),
            (
                "On iOS all `.cer` files in the main bundle are accepted for every host, because the library does not"
                " know hosts there."
            ),
        ),
        remarks=(
            (
                "On iOS the library compares keys with those of all `.cer` files in the main bundle. pinsmith writes"
                " these files. Add them to the app target in Xcode (Copy Bundle Resources), and remove other `.cer`"
                " files."
            ),
            "A standby key needs a certificate too. A self-signed one will do, because only the key is compared.",
            "`pinnedFetch` refuses hosts without pins. Use `fetch` for them.",
            "A mismatch rejects the promise.",
            "Hosts that begin with `www.` are refused, because the library does not pin them on Android.",
            "The library makes requests in native code, so it does not matter which `fetch` is global in Expo.",
            (
                "Checked with the JavaScript, the types and the Java of the library, which runs on a JVM. Its iOS part"
                " has not been run."
            ),
        ),
        check=_check,
    ),
    attachments=_attachments,
    trusted_names=NAMES,
    example_options=((_SHARE, True),),
)
