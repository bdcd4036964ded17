"""Envoy: validation contexts with pins of leaves; written as the secret of a host, read anywhere in a configuration."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats._format import Can, Export, Format, Found, FoundPin, Note, OutputOption, Problem, Reading
from pinsmith.formats._line import remark
from pinsmith.formats._mark import MARK
from pinsmith.formats._text import decode, read_host, read_parts, read_pin
from pinsmith.host import is_address
from pinsmith.syntax.text import one_line
from pinsmith.syntax.yaml import parse_yaml, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinsmith.formats._format import Entry
    from pinsmith.pin import Pin
    from pinsmith.syntax.json import Node

_SPKI: Final = "verify_certificate_spki"
_TYPE: Final = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
_TRUST: Final = ("trusted_ca", "ca_certificate_provider_instance", "system_root_certs")
_REMARK: Final = re.compile(r"""(?m)^\s*-\s+["']?([A-Za-z0-9+/]{43}=)["']?[ \t]+#[ \t]*(\S.*?)\s*$""")
_LENGTH: Final = 44  # of a pin in base64


def _read(content: bytes, file: str) -> Reading:
    hosts: list[Found] = []
    notes: list[Note] = []
    for node, around in tables(parse_yaml(decode(content, file))):
        table = _table(node)
        if "verify_certificate_hash" in table:
            line = table["verify_certificate_hash"].line
            text = "verify_certificate_hash pins certificates, which a policy cannot hold"
            notes.append(Note(text, line, is_setting=True))
        if _SPKI not in table:
            continue
        line = table[_SPKI].line
        pins = tuple(dict.fromkeys(FoundPin(pin, "leaf") for pin in _pins(table[_SPKI], file, notes)))
        named = list(_names(table, around, notes, line))
        names = list(read_parts(named, lambda each: read_host(each[0], file, each[1]), notes))
        hosts += [Found(host, pins, line=line) for host in dict.fromkeys(names)]
        if not named:
            text = "it demands no name, so the pins are for no host, and left out"
            notes.append(Note(text, line, is_setting=True))
        untrusted = str(table["trust_chain_verification"].value) if "trust_chain_verification" in table else ""
        if untrusted == "ACCEPT_UNTRUSTED" or not any(each in table for each in _TRUST):
            notes.append(Note("it demands no trusted chain; a policy does unless trust is pins-only", line))
    return Reading(tuple(hosts), notes=tuple(notes))


def _table(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _items(node: Node | None) -> list[Node]:
    return node.value if node is not None and isinstance(node.value, list) else []


def _pins(node: Node, file: str, notes: list[Note]) -> Iterator[Pin]:
    if not isinstance(node.value, list):
        raise FormatError(f"{_SPKI} is not a list", file=file, line=node.line)
    for each in node.value:
        if not isinstance(each.value, str) or len(each.value) != _LENGTH:
            told = f"{each.plain()!r} is not a pin to Envoy, which would not start"
            notes.append(Problem(told, each.line, "write the base64 alone, 44 characters"))
        elif (pin := read_pin(each.value, each.line, notes, style="bare base64")) is not None:
            yield pin


def _names(table: dict[str, Node], around: tuple[Node, ...], notes: list[Note], line: int) -> Iterator[tuple[str, int]]:
    typed = [_table(each).get("matcher") for each in _items(table.get("match_typed_subject_alt_names"))]
    matchers = typed or _items(table.get("match_subject_alt_names"))
    for each in matchers:
        exact = _table(each).get("exact")
        if exact is not None and isinstance(exact.value, str):
            yield exact.value, exact.line
        else:
            notes.append(Note("a name that is not exact is left out", each.line if each else line))
    if matchers:
        return
    for outer in reversed(around):
        sni = _table(outer).get("sni")
        if sni is not None and isinstance(sni.value, str):
            notes.append(Note(f"it demands no name; the host is that of sni, {sni.value!r}", sni.line))
            yield sni.value, sni.line
            return


def _write(export: Export) -> str:
    if (export.existing or "").strip() and MARK not in (export.existing or ""):
        raise FormatError(
            "it was not written by pinsmith, and is not edited",
            file=export.name,
            hint="write to a file of its own, and name it in validation_context_sds_secret_config",
        )
    (entry,) = export.entries
    lines = [
        remark(export.source),
        "# Name this file in validation_context_sds_secret_config of the cluster, and set sni to the host.",
        "resources:",
        *_secret(entry, str(export.options["trusted-ca"]), dict(_REMARK.findall(export.existing or ""))),
    ]
    return "\n".join([*lines, ""])


def _secret(entry: Entry, trusted: str, remarks: Mapping[str, str]) -> Iterator[str]:
    kind = "IP_ADDRESS" if is_address(entry.host) else "DNS"
    yield f'- "@type": {quote(_TYPE)}'
    yield f"  name: {quote(entry.host)}"
    yield "  validation_context:"
    yield "    trusted_ca:"
    yield f"      filename: {quote(trusted)}"
    yield "    match_typed_subject_alt_names:"
    yield f"    - san_type: {kind}"
    yield "      matcher:"
    yield f"        exact: {quote(entry.host)}"
    yield f"    {_SPKI}:"
    for key in entry.keys:
        yield f"    - {quote(key.pin.base64)}  # {one_line(remarks.get(key.pin.base64, key.name))}"


def quote(text: str) -> str:
    """Return *text* as a scalar in double quotes; what does not print is escaped, so that nothing ends it."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08X}" for each in quoted)


FORMAT: Final = Format(
    id="envoy",
    title="Envoy validation contexts",
    spec="https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/transport_sockets/tls/v3/common.proto",
    suffixes=(".envoy.yaml", ".envoy.yml"),
    can=Can(hosts="one", addresses=True, matches="leaf"),
    read=_read,
    write=_write,
    recognises=lambda text, _: re.search(rf"(?m)^[^#\n]{{0,200}}\b{_SPKI}\b", text) is not None,
    options=(
        OutputOption(
            "trusted-ca",
            "PEM file of trusted authorities, as Envoy finds it",
            default="/etc/ssl/certs/ca-certificates.crt",
        ),
    ),
    remarks=(
        (
            "A file holds the secret of one host, as Envoy demands of files that it loads by path: write an output for "
            "each host. Envoy loads it anew when another is moved there."
        ),
        "Envoy demands no name of a chain that need not be trusted, so such hosts are refused.",
        "Without `sni` in the cluster the server may present another certificate.",
        "Reading needs ruamel.yaml: `pip install 'pinsmith[yaml]'`.",
    ),
)
