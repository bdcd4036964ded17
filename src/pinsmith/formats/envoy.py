"""Envoy: validation contexts with pins of leaves, written as the secret of a host, read anywhere in a configuration."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats._format import Can, Export, Format, Found, FoundPin, OutputOption, Reading
from pinsmith.formats._guide import Addition
from pinsmith.formats._line import remark
from pinsmith.formats._mark import MARK
from pinsmith.formats._note import Notes
from pinsmith.formats._text import decode, read_host, read_parts, read_pin
from pinsmith.host import is_address
from pinsmith.syntax.text import one_line
from pinsmith.syntax.yaml import parse_yaml, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinsmith.formats._format import Entry
    from pinsmith.pin import Pin
    from pinsmith.syntax.json import Node
    from pinsmith.syntax.position import Position

_SPKI: Final = "verify_certificate_spki"
_TYPE: Final = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
_TRUST: Final = ("trusted_ca", "ca_certificate_provider_instance", "system_root_certs")
_REMARK: Final = re.compile(r"""(?m)^\s*-\s+["']?([A-Za-z0-9+/]{43}=)["']?[ \t]+#[ \t]*(\S.*?)\s*$""")
_LENGTH: Final = 44  # of a pin in base64


def _read(content: bytes, file: str) -> Reading:
    hosts: list[Found] = []
    notes = Notes(file)
    for node, around in tables(parse_yaml(decode(content, file))):
        table = _table(node)
        if "verify_certificate_hash" in table:
            text = "verify_certificate_hash pins certificates, which a policy cannot hold"
            notes.add("pins-not-kept", text, table["verify_certificate_hash"].position, in_force=True)
        if _SPKI not in table:
            continue
        line, at = table[_SPKI].line, table[_SPKI].position
        pins = tuple(dict.fromkeys(FoundPin(pin, "leaf") for pin in _pins(table[_SPKI], file, notes)))
        named = list(_names(table, around, notes, at))
        names = list(read_parts(named, lambda item: read_host(item[0], file, item[1]), notes))
        hosts += [Found(host, pins, line=line) for host in dict.fromkeys(names)]
        if not named:
            text = "the context demands no name, so its pins are for no host and are left out"
            notes.add("pins-not-kept", text, at, in_force=True)
        untrusted = str(table["trust_chain_verification"].value) if "trust_chain_verification" in table else ""
        if untrusted == "ACCEPT_UNTRUSTED" or not any(key in table for key in _TRUST):
            text = "the context demands no trusted chain, but a policy does, unless trust is pins-only"
            notes.add("chain-unchecked", text, at)
    return Reading(tuple(hosts), notes=tuple(notes), settings=tuple(notes.in_force))


def _table(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _items(node: Node | None) -> list[Node]:
    return node.value if node is not None and isinstance(node.value, list) else []


def _pins(node: Node, file: str, notes: Notes) -> Iterator[Pin]:
    if not isinstance(node.value, list):
        raise FormatError(f"{_SPKI} is not a list", file=file, line=node.line, column=node.column)
    for item in node.value:
        if not isinstance(item.value, str) or len(item.value) != _LENGTH:
            problem = f"Envoy does not read {item.plain()!r} as a pin, and would not start"
            notes.add_problem(problem, item.position, "write only the base64, 44 characters")
        elif (pin := read_pin(item.value, item.position, notes, style="bare base64")) is not None:
            yield pin


def _names(table: dict[str, Node], around: tuple[Node, ...], notes: Notes, at: Position) -> Iterator[tuple[str, int]]:
    typed = [_table(item).get("matcher") for item in _items(table.get("match_typed_subject_alt_names"))]
    matchers = typed or _items(table.get("match_subject_alt_names"))
    for matcher in matchers:
        exact = _table(matcher).get("exact")
        if exact is not None and isinstance(exact.value, str):
            yield exact.value, exact.line
        else:
            notes.add("pins-not-kept", "a name that is not exact is left out", matcher.position if matcher else at)
    if matchers:
        return
    for outer in reversed(around):
        sni = _table(outer).get("sni")
        if sni is not None and isinstance(sni.value, str):
            text = f"the context demands no name, so the host is that of sni, {sni.value!r}"
            notes.add("policy-differs", text, sni.position)
            yield sni.value, sni.line
            return


def _write(export: Export) -> str:
    if (export.existing or "").strip() and MARK not in (export.existing or ""):
        raise FormatError(
            "it was not written by pinsmith and cannot be edited",
            file=export.name,
            hint="choose another path for the output, and name it in validation_context_sds_secret_config",
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
    """Return *text* as a scalar in double quotes. Characters that do not print are escaped, so that none can end it."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(character if character.isprintable() else f"\\U{ord(character):08X}" for character in quoted)


FORMAT: Final = Format(
    id="envoy",
    title="Envoy validation contexts",
    spec="https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/transport_sockets/tls/v3/common.proto",
    suffixes=(".envoy.yaml", ".envoy.yml"),
    can=Can(hosts="one", addresses=True, matches="leaf"),
    platforms=("servers",),
    place="deploy/api.envoy.yaml",
    additions=(
        Addition(
            "envoy.yaml",
            """
common_tls_context:
  validation_context_sds_secret_config:
    name: api.example.com
    sds_config: { path_config_source: { path: /etc/envoy/api.envoy.yaml } }
sni: api.example.com
""",
        ),
    ),
    read=_read,
    write=_write,
    recognises=lambda text, _: re.search(rf"(?m)^[^#\n]{{0,200}}\b{_SPKI}\b", text) is not None,
    options=(
        OutputOption(
            "trusted-ca",
            "the PEM file of trusted authorities, by its path for Envoy",
            default="/etc/ssl/certs/ca-certificates.crt",
        ),
    ),
    remarks=(
        (
            "Write an output for each host, because Envoy loads one secret from a file. Envoy loads the file again "
            "when another file is moved to its path."
        ),
        'Hosts with `trust = "pins-only"` are refused, because Envoy checks no names if the chain need not be trusted.',
        "Set `sni` in the cluster. Without it the server may present another certificate.",
        "Reading needs ruamel.yaml: `pip install 'pinsmith[yaml]'`.",
    ),
)
