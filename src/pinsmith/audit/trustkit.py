"""
TrustKit in Swift and Objective-C: the dictionary that ``TrustKit.initSharedInstance(withConfiguration:)`` takes.

Source:
    https://github.com/datatheorem/TrustKit/blob/master/TrustKit/public/TSKTrustKitConfig.h
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._value import Known, Unknown, position_of, texts, unknown
from pinsmith.formats import _trustkit_ios as tsk
from pinsmith.formats.code._target import GENERATED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Pair

_LEAST_PINS: Final = 2
_KNOWN: Final = {
    tsk.HASHES,
    tsk.ENFORCE,
    tsk.INCLUDE,
    tsk.EXPIRES,
    tsk.REPORTS,
    tsk.NO_DEFAULT,
    tsk.EXCLUDE_MEANT,
    "TSKPublicKeyAlgorithms",
}


def _find(code: Code) -> Iterator[Pinning]:
    for node in code.maps():
        for pair in code.pairs(node) or ():
            if _constant(pair.name) == tsk.DOMAINS:
                domains = code.pairs(pair.value)
                if domains is None:
                    yield Pinning((), (unknown(pair.value),), position_of(pair.value))
                for domain in domains or ():
                    yield _read(code, domain)


def _constant(name: str) -> str:
    return name.removeprefix("k") if name.startswith("kTSK") else name


def _read(code: Code, domain: Pair) -> Pinning:
    at, pairs = domain.at, code.pairs(domain.value)
    if pairs is None:
        return Pinning(domain.keys, (unknown(domain.value),), at)
    held = {_constant(pair.name): pair.value for pair in pairs}
    pins = tuple(code.values(held[tsk.HASHES])) if tsk.HASHES in held else ()
    flags = {name: code.flag(held.get(name)) for name in (tsk.INCLUDE, tsk.NO_DEFAULT, tsk.EXCLUDE_MEANT)}
    flags[tsk.ENFORCE] = code.flag(held[tsk.ENFORCE]) if tsk.ENFORCE in held else True
    expires = _day(code, held.get(tsk.EXPIRES))
    remarks = [
        Remark("value-elsewhere", f"{name} comes from {unknown(held[name]).source}; it is taken as {usual}", at)
        for name, usual in ((tsk.INCLUDE, "false"), (tsk.ENFORCE, "true"), (tsk.EXCLUDE_MEANT, "false"))
        if flags[name] is None
    ]
    remarks += [
        Remark("ignored-setting", f"{domain.name!r} has the key {name!r}, which has no meaning here", at)
        for name in held
        if name not in _KNOWN
    ]
    exempt = flags[tsk.EXCLUDE_MEANT] is True
    enforces = flags[tsk.ENFORCE] is not False
    if not exempt:
        remarks += _remarks(domain, held, expires, at_least=_LEAST_PINS if enforces else 1, pins=texts(pins))
        if flags[tsk.NO_DEFAULT] is False:
            text = (
                f"{domain.name!r} also reports to the vendor of TrustKit, without k{tsk.NO_DEFAULT}; that is not kept"
            )
            remarks.append(Remark("third-party-reports", text, at))
    return Pinning(
        domain.keys,
        () if exempt else pins,
        at,
        include_subdomains=flags[tsk.INCLUDE] is True,
        expires=expires if isinstance(expires, date) else None,
        report_only=not enforces,
        exempt=exempt,
        report_uris=tuple(code.values(held[tsk.REPORTS])) if tsk.REPORTS in held else (),
        remarks=tuple(remarks),
    )


def _remarks(
    domain: Pair, held: Mapping[str, SgNode], expires: date | str | None, *, at_least: int, pins: list[str | None]
) -> Iterator[Remark]:
    at = domain.at
    if len({*pins}) < at_least and None not in pins:
        text = (
            f"{domain.name!r} has {len({*pins})} of the {at_least} distinct pins that TrustKit needs; the app crashes"
        )
        yield Remark("too-few-pins", text, at)
    if expires == "":
        text = f"{tsk.EXPIRES} comes from {unknown(held[tsk.EXPIRES]).source}; the day is left out"
        yield Remark("value-elsewhere", text, at)
    elif isinstance(expires, str):
        text = f"{tsk.EXPIRES} is {expires!r} and not a day as yyyy-mm-dd, so the pins never expire"
        yield Remark("misleading-setting", text, at)


def _day(code: Code, node: SgNode | None) -> date | str | None:
    """Return the day; the text that is none; or an empty text if the file does not give it."""
    if node is None:
        return None
    name, arguments = called(node, code.language)
    if name == "day" and GENERATED in code.text and len(arguments) == 1:
        seconds = arguments[0].text().replace("_", "")
        return datetime.fromtimestamp(int(seconds), UTC).date() if seconds.isdecimal() else ""
    (value, *others) = code.values(node) or [Unknown("", position_of(node))]
    if others or not isinstance(value, Known):
        return ""
    try:
        return date.fromisoformat(value.text)
    except ValueError:
        return value.text


EXTRACTOR: Final = Extractor(
    id="trustkit",
    title="TrustKit",
    signs=(tsk.DOMAINS,),
    formats={"objc": "trustkit-ios", "swift": "trustkit-swift"},
    find=_find,
    style="bare base64",
)
