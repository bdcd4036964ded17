"""
react-native-ssl-pinning: ``fetch(url, {pkPinning: true, sslPinning: {certs: [...]}})``.

Without ``pkPinning`` the texts are names of certificate files in the app.

Source:
    https://github.com/MaxToyberman/react-native-ssl-pinning#usage. Release 1.6.0 needs sslPinning on Android
    (RNSslPinningModule.java), and pins all certificates of the bundle on iOS (RNSslPinning.m).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._scope import named
from pinsmith.audit._url import host_of
from pinsmith.audit._value import Known, position_of, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.syntax.position import Position

_UNPINNED: Final = (
    "one branch has no sslPinning: its requests fail on Android and are pinned on iOS, so they are not without pins"
)


def _find(code: Code) -> Iterator[Pinning]:
    for call in code.find_kinds(code.language.calls):
        _, arguments = called(call, code.language)
        branches = _branches(code, arguments[1]) if len(arguments) > 1 else []
        pinned = [held for held in branches if "sslPinning" in held]
        pinning = code.pairs(pinned[0]["sslPinning"]) if len(pinned) == 1 else None
        certs = next((pair.value for pair in pinning or () if pair.name == "certs"), None)
        if certs is not None:
            remarks = (Remark("misleading-setting", _UNPINNED, position_of(arguments[1])),) if branches[1:] else ()
            yield _read(code, arguments[0], certs, pinned[0], remarks)


def _branches(code: Code, options: SgNode) -> list[dict[str, SgNode]]:
    """Return the entries of the options; those of both branches, if a condition chooses between them."""
    node = code.resolve(options)
    parts = named(node)[-2:] if node.kind() in code.language.choices else [node]
    maps = [code.pairs(part) for part in parts]
    return [{pair.name: pair.value for pair in pairs} for pairs in maps if pairs is not None]


def _read(code: Code, url: SgNode, certs: SgNode, held: dict[str, SgNode], noted: tuple[Remark, ...]) -> Pinning:
    at = position_of(url)
    host = host_of(url, code)
    name = host.text if isinstance(host, Known) else unknown(url).source
    remarks = [*noted, *_remarks(name, code, held, at)]
    uses_keys = code.flag(held.get("pkPinning"))
    if uses_keys is not True:
        if uses_keys is None:
            text = (
                f"pkPinning comes from {unknown(held['pkPinning']).source}, so it is not known whether keys are pinned"
            )
            remarks.append(Remark("value-elsewhere", text, at))
        else:
            text = f"{name} is pinned by certificate files of the app, which this file does not give"
            remarks.append(Remark("pins-elsewhere", text, at))
            files = list(code.values(certs))
            if len(files) == 1 and isinstance(files[0], Known) and not files[0].text.startswith("sha256/"):
                text = (
                    f"{name} is pinned by one certificate file, {files[0].text!r}: Android locks all clients out when "
                    "the server presents another certificate"
                )
                remarks.append(Remark("single-certificate", text, files[0].at))
            for value in files:
                if isinstance(value, Known) and value.text.startswith("sha256/"):
                    text = (
                        f"without pkPinning: true, Android looks for a file named {value.text!r}, so each request fails"
                    )
                    remarks.append(Remark("pin-never-matches", text, value.at))
        return Pinning((host,), (), at, remarks=tuple(remarks))
    return Pinning((host,), tuple(code.values(certs)), at, remarks=tuple(remarks))


def _remarks(name: str, code: Code, held: dict[str, SgNode], at: Position) -> Iterator[Remark]:
    if code.flag(held.get("disableAllSecurity")) is True:
        yield Remark("pinning-off", f"disableAllSecurity turns off all checks of {name}", at)
    if name.startswith("www."):
        yield Remark("host-never-matches", f"{name}: Android does not pin hosts that begin with www.", at)


EXTRACTOR: Final = Extractor(
    id="rn-ssl-pinning",
    title="react-native-ssl-pinning",
    signs=("react-native-ssl-pinning",),
    formats={"tsx": "react-native-ssl-pinning", "typescript": "react-native-ssl-pinning"},
    find=_find,
    style="sha256/",
)
