"""The options of react-native-ssl-public-key-pinning: an object by host, in code, in JSON or in a WaveMaker project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _json_pins as json_pins
from pinsmith.formats._format import Can, Found
from pinsmith.formats._text import read_host, read_parts
from pinsmith.formats._trustkit_ios import ALGORITHMS

if TYPE_CHECKING:
    from pinsmith.formats._format import Entry, Export
    from pinsmith.formats._note import Notes
    from pinsmith.syntax.json import Node
    from pinsmith.syntax.json_edit import Value

CAN: Final = Can(
    subdomains="any-depth",
    joins_parent=True,
    expiry=True,
    least_pins=2,
    algorithms=ALGORITHMS,
    misses_expo_fetch=True,
)
REMARKS: Final = (
    "On iOS it uses TrustKit. If a host has fewer than two pins, `initializeSslPinning` fails and pins nothing.",
    "On Android, the pins of a parent that includes subdomains also apply to hosts with an entry.",
)
LIMITS: Final = ("Requests that are sent before `initializeSslPinning` has finished are not pinned.",)
_KNOWN: Final = frozenset({"includeSubdomains", "publicKeyHashes", "expirationDate", "loadOnStartup"})


def read_domains(node: Node, what: str, file: str, notes: Notes) -> tuple[Found, ...]:
    """
    Read the object of options by host.

    Raises:
        FormatError: if a platform would refuse it.

    Source:
        https://github.com/frw/react-native-ssl-public-key-pinning, ``SslPublicKeyPinningModule.java`` and
        ``SslPublicKeyPinning.mm`` of 1.2.6
    """
    domains = json_pins.members(node, what, file).items()
    return tuple(read_parts(domains, lambda item: _domain(*item, file, notes), notes))


def _domain(name: str, node: Node, file: str, notes: Notes) -> Found | None:
    host = read_host(name, file, node.line)
    options = json_pins.members(node, f"the entry of {host}", file)
    json_pins.note_others(options, _KNOWN, host, notes)
    if "loadOnStartup" in options:
        text = f"loadOnStartup of {host} is left out, because it trusts any key that the server presents at startup"
        fix = "list the keys in publicKeyHashes, and remove loadOnStartup"
        notes.add("unsigned-remote-pins", text, options["loadOnStartup"].position, fix=fix, in_force=True)
    if "publicKeyHashes" not in options:
        if "loadOnStartup" in options:
            return None
        raise FormatError(
            f"{host} has no publicKeyHashes, without which iOS stops", file=file, line=node.line, column=node.column
        )
    hashes = options["publicKeyHashes"]
    pins = json_pins.pins(hashes, f"publicKeyHashes of {host}", file, notes, style="bare base64")
    json_pins.too_few(pins, host, hashes, notes)
    written = options.get("includeSubdomains")
    includes = written is not None and json_pins.flag(written, f"includeSubdomains of {host}", file)
    json_pins.note_host(name, host, node, notes, include_subdomains=includes)
    expires = options.get("expirationDate")
    return Found(
        host,
        pins,
        include_subdomains=includes,
        expires=None if expires is None else json_pins.day(expires, f"expirationDate of {host}", file),
        line=node.line,
    )


def value_of(export: Export, format_id: str) -> dict[str, Value]:
    """
    Return the object of options by host.

    Raises:
        ExportRefusedError: if TrustKit would crash the app.
    """
    json_pins.require_trustkit(export, format_id)
    return {entry.host: _options(entry) for entry in export.entries}


def _options(entry: Entry) -> dict[str, Value]:
    options: dict[str, Value] = {
        "includeSubdomains": entry.include_subdomains,
        "publicKeyHashes": [key.pin.base64 for key in entry.keys],
    }
    if entry.expires is not None:
        options["expirationDate"] = entry.expires.isoformat()
    return options
