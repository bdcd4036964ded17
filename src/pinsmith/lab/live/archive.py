"""A pin file with the certificates of its keys, for platforms that compare whole certificates."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.lab.live.service import Served

_PERMISSIONS: Final = 0o644 << 16
_PIN_FILE: Final = "pins.toml"


def archive(chosen: Iterable[Served]) -> bytes:
    """
    Make a ZIP file with a pins.toml and its certificates.

    Each host has keys of its own in the pin file, because it has its own certificate of the same key. Hosts with other
    pins than those of the host's key and its standby key are left out, because no leaf certificate has those pins.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in _files([served for served in chosen if _is_leaf_pinned(served)]):
            entry = zipfile.ZipInfo(name)  # with the first date of the format, so that every start makes the same
            entry.external_attr = _PERMISSIONS
            packed.writestr(entry, text, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _is_leaf_pinned(served: Served) -> bool:
    return set(served.pinning.pins) == {served.pki.pin, served.pki.backup_pin}


def _files(chosen: Iterable[Served]) -> Iterator[tuple[str, str]]:
    lines = ["version = 1", ""]
    for served in chosen:
        names = {served.pki.pin: served.scenario.id, served.pki.backup_pin: f"{served.scenario.id}-standby"}
        for pin, name in names.items():
            certificate = f"certs/{name}.pem"
            key = served.pki.key if pin == served.pki.pin else served.pki.backup_key
            yield certificate, served.pki.rekeyed(key).pem
            lines += [f"[keys.{name}]", f'pin = "{pin}"', 'role = "leaf"', f'certificate = "{certificate}"', ""]
        listed = ", ".join(f'"{names[pin]}"' for pin in served.pinning.pins)
        lines += ["[[host]]", f'name = "{served.pinning.host}"', f"keys = [{listed}]", ""]
    yield _PIN_FILE, "\n".join(lines)
