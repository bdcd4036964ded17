"""
OkHttp, and Retrofit on it: ``CertificatePinner.Builder().add(pattern, pins...)``, also in a loop over a map.

Source:
    https://square.github.io/okhttp/5.x/okhttp/okhttp3/-certificate-pinner/: ``*.`` stands for exactly one label,
    ``**.`` for any number of them, also for none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit._entries import entries
from pinsmith.audit._extractor import Extractor, Host, Pinning, Remark
from pinsmith.audit._scope import builder_of
from pinsmith.audit._value import Known, Unknown, position_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value

_SIGN: Final = "CertificatePinner"
VARIANTS: Final = (
    ("import retrofit2.", "kotlin", "retrofit-kotlin"),
    ("import io.ktor.client.engine.darwin.", "kotlin", "ktor-darwin"),
    ("import io.ktor.client.engine.cio.", "kotlin", "ktor-cio"),
    ("import io.ktor.client.", "kotlin", "ktor"),
)
"""The libraries that take the pins of OkHttp."""
_PATTERNS: Final = ("$BUILDER.add($HOST, $$$PINS)", "add($HOST, $$$PINS)")  # the second inside `apply` and `with`
_PIN: Final = re.compile(r"sha256/[A-Za-z0-9+/]{43}=")
_HOST: Final = re.compile(r"(?:\*{1,2}\.)?(?:[\w-]+\.)+[A-Za-z][\w-]*")
_LOOPED: Final = re.compile(r"\w+(?:\.(?:component1\(\)|first|getKey\(\)|key))?")


def _find(code: Code) -> Iterator[Pinning]:
    found = list(added(code, _SIGN))
    mapped = list(_mapped(code)) if _adds_from_loop(code) else []
    found = [pinning for pinning in found if not (mapped and all(map(_is_looped, pinning.hosts)))] + mapped
    yield from found
    if not found:
        yield from _lone(code)


def _lone(code: Code) -> Iterator[Pinning]:
    """Yield a remark about pins that no call uses as far as the file shows."""
    for node in code.of_kinds(code.language.texts):
        for value in code.values(node):
            if isinstance(value, Known) and _PIN.fullmatch(value.text):
                text = "pins stand here, but no call in this file gives them a host; they are left out"
                yield Pinning((), (), value.at, remarks=(Remark("value-elsewhere", text, value.at),))
                return


def _adds_from_loop(code: Code) -> bool:
    """Say whether a host that is added may come from a loop over a map."""
    hosts = (match.get_match("HOST") for pattern in _PATTERNS for match in code.find(pattern))
    return any(all(map(_is_looped, code.values(host))) for host in hosts if host is not None)


def _is_looped(value: Value) -> bool:
    return isinstance(value, Unknown) and _LOOPED.fullmatch(value.source) is not None


def _mapped(code: Code) -> Iterator[Pinning]:
    """Yield the entries of maps of hosts and pins, which a loop adds."""
    for entry in entries(code):
        hosts, values = code.values(entry.key), code.values(entry.value)
        are_hosts = all(isinstance(value, Known) and _HOST.fullmatch(value.text) for value in hosts)
        are_pins = all(isinstance(value, Unknown) or _PIN.fullmatch(value.text) for value in values)
        if are_hosts and are_pins and _are_pins(values):
            yield Pinning(tuple(hosts), tuple(values), position_of(entry.key), builder=entry.of)


def added(code: Code, sign: str) -> Iterator[Pinning]:
    """Yield the places that add pins to a builder, whose class contains *sign*."""
    names = set(re.findall(rf"(\w+)[ \t]*(?::[^=\n]{{0,80}})?=\s*(?:new\s+)?[\w.]*{sign}\b", code.text))
    for pattern in _PATTERNS:
        for match in code.find(pattern):
            host, builder = match.get_match("HOST"), match.get_match("BUILDER")
            pins = [value for node in code.arguments(match, "PINS") for value in code.values(node)]
            if (
                host is not None
                and pins
                and (_are_pins(pins) or (builder and (sign in builder.text() or builder.text() in names)))
            ):
                place = position_of(host)
                yield Pinning(tuple(code.values(host)), tuple(pins), place, builder=builder_of(match, builder))


def _are_pins(values: list[Value]) -> bool:
    """Whether some value is spelled as a pin, so that the call is not one of another ``add``."""
    return any(isinstance(value, Known) and value.text.startswith(("sha256/", "sha1/")) for value in values)


def _read_host(text: str) -> Host:
    if text.startswith("**."):
        return Host(text.removeprefix("**."), include_subdomains=True)
    if text.startswith("*."):
        name = text.removeprefix("*.")
        return Host(name, include_subdomains=True, remark=f"covers one label below {name} and not {name} itself")
    return Host(text)


EXTRACTOR: Final = Extractor(
    id="okhttp",
    title="OkHttp",
    signs=(_SIGN,),
    formats={"java": "okhttp-java", "kotlin": "okhttp-kotlin"},
    variants=VARIANTS,
    find=_find,
    read_host=_read_host,
    style="sha256/",
    joins=True,
)
