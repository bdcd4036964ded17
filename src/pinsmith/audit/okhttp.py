"""
OkHttp, and Retrofit on it: ``CertificatePinner.Builder().add(pattern, pins...)``.

Source:
    https://square.github.io/okhttp/5.x/okhttp/okhttp3/-certificate-pinner/: ``*.`` stands for exactly one label,
    ``**.`` for any number of them, also for none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit._extractor import Extractor, Host, Pinning
from pinsmith.audit._scope import builder_of
from pinsmith.audit._value import Known, position_of

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


def _find(code: Code) -> Iterator[Pinning]:
    yield from added(code, _SIGN)


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
