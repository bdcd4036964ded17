"""Capacitor: fingerprints of certificates, which plugins compare on a connection of their own; write only."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from pinsmith.formats._capacitor import ADVICE, PINNING, edit
from pinsmith.formats._format import Can, Export, Format
from pinsmith.formats._guide import Addition

if TYPE_CHECKING:
    from pinsmith.syntax.json_edit import Value


def fingerprint(der: bytes) -> str:
    """Return the SHA-256 of a DER certificate as pairs of capital letters, with colons."""
    return hashlib.sha256(der).digest().hex(":").upper()


def _write(export: Export) -> str:
    (entry,) = export.entries
    prints: list[Value] = list(dict.fromkeys(fingerprint(export.certificates[key.name]) for key in entry.keys))
    return edit(export, {PINNING: {"fingerprints": prints}}, without=frozenset({"fingerprint"}))


FORMAT: Final = Format(
    id="capacitor",
    title="Capacitor, plugins that compare fingerprints",
    spec="https://github.com/cap-kit/capacitor-plugins/tree/main/packages/ssl-pinning#configuration",
    suffixes=("capacitor.config.json",),
    can=Can(hosts="none", matches="leaf", takes="certificate-hash"),
    platforms=("cordova-capacitor",),
    place="capacitor.config.json",
    additions=(Addition("shell", "npx cap sync"),),
    write=_write,
    recognises=lambda text, name: name.endswith("capacitor.config.json") or f'"{PINNING}"' in text,
    marks=False,
    unreadable="fingerprints of certificates or names of their files, but no keys",
    remarks=(
        ADVICE,
        "`checkCertificates()` uses these fingerprints for every host, unless the call passes others.",
        "See capacitor-certificates for the plugins of Ionic and Capgo, which pin requests.",
    ),
    limits=(
        "The plugin checks the leaf on a connection of its own. Requests of the app are not pinned.",
        "A renewed certificate has another fingerprint, even with the same key.",
    ),
)
