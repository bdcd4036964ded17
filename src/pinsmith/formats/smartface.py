"""Smartface: the list for ``http.ios.sslPinning`` and ``webView.ios.sslPinning``, with certificates; write only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.formats._certificate_files import NAMES, attached, folder_option, of_host
from pinsmith.formats._format import Can, Export, Format
from pinsmith.formats._guide import Addition
from pinsmith.formats._line import remark
from pinsmith.formats._mark import require_own
from pinsmith.syntax.json_edit import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.formats._format import Entry
    from pinsmith.syntax.json_edit import Value

_SUFFIX: Final = ".der"


def _write(export: Export) -> str:
    require_own(export.existing, export.name)
    value: list[Value] = [_host(export, entry) for entry in export.entries]
    return f"{remark(export.source, '//')}\nexport const sslPinning = {render(value)};\n"


def _host(export: Export, entry: Entry) -> Value:
    return {
        "host": entry.host,
        "certificates": [f"assets://{name}" for name in of_host(export, entry, _SUFFIX)],
        "validateCertificateChain": True,
        "validateHost": True,
    }


def _attachments(export: Export) -> Mapping[str, bytes]:
    return attached(export, _SUFFIX)


FORMAT: Final = Format(
    id="smartface",
    title="Smartface for iOS",
    spec="https://github.com/smartface/smartface-native",
    suffixes=("sslPinning.ts", "sslPinning.js"),
    can=Can(takes="certificate"),
    platforms=("low-code",),
    place="scripts/sslPinning.ts",
    additions=(
        Addition(
            "scripts/app.ts",
            """
import { sslPinning } from "./sslPinning";

http.ios.sslPinning = sslPinning; // before the first request
webView.ios.sslPinning = sslPinning; // for every web view
""",
        ),
    ),
    write=_write,
    recognises=lambda text, _: "validateCertificateChain" in text and "sslPinning" in text,
    options=(folder_option("assets", "assets://"),),
    attachments=_attachments,
    trusted_names=NAMES,
    unreadable="only the names of certificate files; read those files with `pinsmith show`",
    remarks=(
        "Set `http.ios.sslPinning = sslPinning` before the first request, and the same for every web view.",
        "Do not switch off `validateCertificateChain` and `validateHost`. Any chain or any name would be accepted.",
    ),
    limits=(
        "iOS only. For Android, use android-nsc. `Image.loadFromUrl` is not pinned.",
        "A renewed certificate does not match, even with the same key.",
    ),
)
