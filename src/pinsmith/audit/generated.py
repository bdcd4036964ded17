"""
Code that pinsmith generated: the entries of its templates, with all of their settings.

The targets whose own library has an extractor, or a format that reads such code, are read there.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from pinsmith.audit import _generated_shell, go_tls, host_map, okhttp, python_ssl
from pinsmith.audit._call import called, labelled
from pinsmith.audit._extractor import Extractor, Pinning
from pinsmith.audit._scope import named
from pinsmith.audit._value import Known, is_empty, position_of, unknown
from pinsmith.errors import PinsmithError
from pinsmith.formats.code._target import GENERATED
from pinsmith.material import read_material

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value

_CLASSES: Final = ("Entry", "_Entry", "_Host")
_JAVA_FIELDS: Final = ("includeSubdomains", "reportOnly", "expires")
_DAY: Final = re.compile(r"\D(\d{4})(?:-|, )(\d{1,2})(?:-|, )(\d{1,2})\D")
_GROUP: Final = re.compile(r"\b(certificatePinner|reportingPinner|enforced\d+|reported\d+)(?:: |\()")
_UNTIL: Final = re.compile(r"System\.currentTimeMillis\(\) < (\d+L)\) \{\s*$")
_ENGINE: Final = "addPublicKeyPins"  # of Cronet, and of Android's HttpEngine
_ENGINE_FIELDS: Final = ("builder", "host", "includeSubdomains", "expires")
_RULE: Final = re.compile(r"new boolean\[\] \{(true|false), (true|false)\}")
_SUBSCRIPT: Final = re.compile(r'= all\["([^"\\]+)"\]$')
_NEAR: Final = 200  # characters
_SECONDS: Final = re.compile(r"(?:^|\D)(\d{9,11})(?:000)?L?\)?$")  # or milliseconds, and from 1973 on


def _find(code: Code) -> Iterator[Pinning]:
    if read := _OTHERS.get(code.language.id):
        yield from read(code)
    for node in code.maps():
        for pair in code.pairs(node) or ():
            name, arguments = called(pair.value, code.language)
            held = labelled(arguments) if name in _CLASSES else _members(code, pair.value)
            yield from _entry(code, pair.keys, held, pair.value)
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        if name in ("Entry", "Rule") and code.language.id == "kotlin":
            held = labelled(arguments)
            if name == "Entry" or code.flag(held.get("isExempt", call)) is True:
                yield from _entry(code, code.values(held.pop("0", call)), held, call)
        elif name == "put" and len(arguments) == 2:  # noqa: PLR2004 - a host and its entry
            yield from _java(code, *arguments)
            yield from _exempt(code, *arguments)
        elif name == "pin":
            yield from (_engine if _ENGINE in code.text else _okhttp)(code, call, arguments)


def _okhttp(code: Code, call: SgNode, arguments: Sequence[SgNode]) -> Iterator[Pinning]:
    """Read a call of the function that the templates for OkHttp contain."""
    texts = [value for argument in arguments for value in code.values(argument) if isinstance(value, Known)]
    skipped = 1 if code.language.id == "java" else 0  # the builder
    if len(texts) == len(arguments) - skipped > 1:
        before = code.text[: call.range().start.index]
        groups = _GROUP.findall(before)
        until = _UNTIL.search(before[-_NEAR:])
        yield Pinning(
            (texts[0],),
            tuple(texts[1:]),
            position_of(arguments[skipped]),
            expires=_day(until[1]) if until else None,
            report_only=bool(groups) and groups[-1].startswith("report"),
        )


def _engine(code: Code, call: SgNode, arguments: Sequence[SgNode]) -> Iterator[Pinning]:
    """Read a call of the function that the templates for Cronet contain: builder, host, subdomains, expiry, pins."""
    if len(arguments) <= len(_ENGINE_FIELDS):
        return
    held = dict(zip(_ENGINE_FIELDS, labelled(arguments).values(), strict=False))
    pins = [value for argument in arguments[len(_ENGINE_FIELDS) :] for value in code.values(argument)]
    yield _pinning(code, code.values(held["host"]), held, pins, call)


def _exempt(code: Code, host: SgNode, rule: SgNode) -> Iterator[Pinning]:
    """Read an exempt host of the templates for OkHttp: whether it is exempt, and whether its subdomains are."""
    flags = _RULE.fullmatch(rule.text())
    if flags and flags[1] == "true":
        includes = flags[2] == "true"
        yield Pinning(tuple(code.values(host)), (), position_of(host), include_subdomains=includes, exempt=True)


def _structs(code: Code) -> Iterator[Pinning]:
    for node in code.find_kinds(frozenset({"struct_expression"})):
        held = dict(_fields(code, node))
        if "host" in held:
            yield from _entry(code, code.values(held.pop("host")), held, node)


def _fields(code: Code, struct: SgNode) -> Iterator[tuple[str, SgNode]]:
    """Yield the members of a literal of a struct in Rust, with the names that they have in other languages."""
    for part in named(named(struct)[-1]):
        if part.kind() == "field_initializer":
            name, value = named(part)[0].text(), code.resolve(named(part)[-1])
            yield {"include_subdomains": "includeSubdomains", "report_only": "reportOnly"}.get(name, name), value


def _members(code: Code, node: SgNode) -> dict[str, SgNode]:
    found = {pair.name: pair.value for pair in code.pairs(node) or ()}
    return {name[0].lower() + name[1:]: value for name, value in found.items() if name}


def _blocks(code: Code) -> Iterator[Pinning]:
    """Read the blocks of the template for Qt: a reference to the entry of a host, and assignments to its members."""
    for block in code.find_kinds(frozenset({"compound_statement"})):
        first, *others = [part for line in named(block) for part in named(line)[-1:]] or [block]
        key = _SUBSCRIPT.search(first.text()) if first.kind() == "init_declarator" else None
        if key is not None:
            sides = [named(other) for other in others if other.kind() == "assignment_expression"]
            held = {side[0].text().partition(".")[2]: side[-1] for side in sides if side}
            yield from _entry(code, [Known(key[1], position_of(first))], held, first)


def _java(code: Code, host: SgNode, made: SgNode) -> Iterator[Pinning]:
    arguments = next((named(child) for child in made.children() if child.kind() == "argument_list"), [])
    count = len(_JAVA_FIELDS)
    if made.kind() == "object_creation_expression" and len(arguments) >= count:
        held = dict(zip(_JAVA_FIELDS, arguments, strict=False))
        pins = [value for argument in arguments[count:] for value in code.values(argument)]
        yield _pinning(code, code.values(host), held, pins, host)


def _entry(code: Code, hosts: Sequence[Value], held: Mapping[str, SgNode], at: SgNode) -> Iterator[Pinning]:
    if "certificates" in held:
        yield _pinning(code, hosts, held, list(_certified(code, held["certificates"])), at)
    elif held.keys() & {"pins", "exempt", "isExempt"}:
        pins = code.values(held["pins"]) if "pins" in held and not is_empty(held["pins"]) else []
        yield _pinning(code, hosts, held, pins, at)


def _certified(code: Code, names: SgNode) -> Iterator[Value]:
    """Yield the pins of the certificates that the template for gRPC in Python contains, by their names."""
    texts = {pair.name: code.values(pair.value) for node in code.maps() for pair in code.pairs(node) or ()}
    for name in code.values(names):
        found = texts.get(name.text, []) if isinstance(name, Known) else []
        pem = found[0].text if len(found) == 1 and isinstance(found[0], Known) else ""
        try:
            (pin,) = {material.pin for material in read_material(pem.encode())}
        except (PinsmithError, ValueError):
            yield unknown(names)
        else:
            yield Known(str(pin), name.at)


def _pinning(
    code: Code, hosts: Sequence[Value], held: Mapping[str, SgNode], pins: Sequence[Value], at: SgNode
) -> Pinning:
    def flag(*names: str) -> bool:
        return any(code.flag(held[name]) is True for name in names if name in held)

    return Pinning(
        tuple(hosts),
        tuple(pins),
        position_of(at),
        include_subdomains=flag("includeSubdomains", "includesSubdomains", "include_subdomains", "subdomains"),
        expires=_day(held["expires"].text()) if "expires" in held else None,
        report_only=flag("reportOnly", "reportsOnly", "report_only") or ("enforced" in held and not flag("enforced")),
        exempt=not pins,
    )


def _day(text: str) -> date | None:
    """Read a day in any of the languages."""
    if day := _DAY.search(text):
        return date(*map(int, day.groups()))
    seconds = _SECONDS.search(text.replace("_", ""))
    return datetime.fromtimestamp(int(seconds[1]), UTC).date() if seconds else None


_OTHERS: Final[dict[str, Callable[[Code], Iterator[Pinning]]]] = {
    "bash": _generated_shell.entries,
    "cpp": _blocks,
    "rust": _structs,
}


EXTRACTOR: Final = Extractor(
    id="generated",
    title="pinsmith",
    signs=(GENERATED,),
    formats={
        "bash": "curl-shell",
        "cpp": "qt-cpp",
        "csharp": "dotnet",
        "dart": "dart-io",
        "go": "go",
        "java": "okhttp-java",
        "kotlin": "okhttp-kotlin",
        "php": "php-curl",
        "python": "python-standalone",
        "ruby": "ruby-net-http",
        "rust": "rust-rustls",
        "swift": "urlsession-swift",
        "tsx": "node-https",
        "typescript": "react-native-ssl-pinning",
    },
    variants=(
        *okhttp.VARIANTS,
        *host_map.EXTRACTOR.variants,
        ("reqwest::ClientBuilder", "rust", "rust-reqwest"),
        *go_tls.EXTRACTOR.variants,
        *python_ssl.EXTRACTOR.variants,
        ("import org.apache.hc.client5.", "java", "apache-httpclient"),
        ("import org.chromium.net.", "java", "cronet-java"),
        ("import org.chromium.net.", "kotlin", "cronet-kotlin"),
        ("import android.net.http.HttpEngine", "java", "http-engine-java"),
        ("import android.net.http.HttpEngine", "kotlin", "http-engine-kotlin"),
        ("X509ExtendedTrustManager", "java", "jsse-java"),
    ),
    find=_find,
    is_whole=True,
    read_host=okhttp.EXTRACTOR.read_host,
)
