"""Capacitor: fingerprints of certificates, which plugins compare in a connection of their own; write only."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from pinsmith.formats._capacitor import ADVICE, PINNING, edit
from pinsmith.formats._format import Can, Export, Format

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
    write=_write,
    recognises=lambda text, name: name.endswith("capacitor.config.json") or f'"{PINNING}"' in text,
    marks=False,
    unreadable="at most fingerprints of certificates or names of their files, and no keys",
    remarks=(
        ADVICE,
        "The plugin compares the leaf of a connection that it makes for that. The app's own requests are not pinned.",
        "A certificate that is renewed has another fingerprint, with the same key as well.",
        "The fingerprints are those that `checkCertificates()` takes when the call names none, whatever the host.",
        "See capacitor-certificates for the plugins of Ionic and Capgo, which pin requests.",
    ),
)
