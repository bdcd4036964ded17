"""React Native, react-native-ssl-pinning: a fetch for pinned hosts; hashes for Android, certificates for iOS."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError
from pinsmith.formats._certificate_files import attached, folder_option
from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import JAVASCRIPT
from pinsmith.formats.code._target import code_format

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinsmith.formats._format import Export

_ID: Final = "react-native-ssl-pinning"
_SUFFIX: Final = ".cer"
_SHARE: Final = "share-keys-on-ios"
_UNREADABLE: Final = re.compile(r"_|(?:^|\.)[^.]*-(?:\.|$)|(?:^|\.)[0-9][^.]*$")
"""Hosts at which ``java.net.URI.getHost`` returns null, and the library's Android part ends the app."""


def _check(export: Export) -> None:
    if reasons := list(_problems(export)):
        raise ExportRefusedError(_ID, reasons)


def _problems(export: Export) -> Iterator[str]:
    pinned = [entry for entry in export.entries if not entry.exempt]
    for entry in pinned:
        if entry.host.startswith("www."):
            yield f"{entry.host}: on Android the library does not pin hosts that begin with www."
        if _UNREADABLE.search(entry.host):
            yield f"{entry.host}: on Android the library ends the app at such a name"
    if not export.options[_SHARE] and len({frozenset(key.pin for key in entry.keys) for entry in pinned}) > 1:
        names = ", ".join(entry.host for entry in pinned)
        yield f"on iOS {names} would take the keys of each other; if that is meant, say so with {_SHARE}"


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
        can=Can(subdomains="any-depth", exempts=True, takes="certificate", require_pins=True),
        options=(
            folder_option("certificates", "the main bundle"),
            OutputOption(_SHARE, "whether hosts may take the keys of each other on iOS", bool, default=False),
        ),
        limits=(
            "Requests with any other function, and web views.",
            "Redirects on Android: another host is asked with the pins of the first, so without any.",
            "Other callers of the library: on Android the first pins of a host stay until the app is started anew.",
            "Hosts that begin with `www.`, which the library does not pin on Android: they are refused.",
        ),
        remarks=(
            "`pinnedFetch(url, { method: 'GET' })`. Hosts that are not pinned are refused; ask them with `fetch`.",
            "The `.cer` files belong into the main bundle of the iOS app, and no others: all there hold for all hosts.",
            "A standby key needs a certificate too; one that it has signed itself will do, for the key alone counts.",
            "A mismatch is a rejected promise.",
            "The library has a native `fetch` of its own, so that of Expo SDK 56 and later changes nothing here.",
            "Checked with the library's own JavaScript, types and Java, which runs on a JVM; its iOS part is not run.",
        ),
        check=_check,
    ),
    attachments=_attachments,
    example_options=((_SHARE, True),),
)
