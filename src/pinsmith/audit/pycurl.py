"""
pycurl: ``handle.setopt(pycurl.PINNEDPUBLICKEY, "sha256//...;sha256//...")`` for the URLs of the same handle.

Source:
    https://curl.se/libcurl/c/CURLOPT_PINNEDPUBLICKEY.html: texts without ``sha256//`` name a file.
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
    from pinsmith.audit._value import Value

_SIGN: Final = "PINNEDPUBLICKEY"
_FUNCTIONS: Final = frozenset({"function_definition", "module"})


def _find(code: Code) -> Iterator[Pinning]:
    pinned: dict[tuple[str, int], list[SgNode]] = {}
    urls: dict[tuple[str, int], list[SgNode]] = {}
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        if name == "setopt" and len(arguments) == 2:  # noqa: PLR2004 - an option and its value
            option = arguments[0].text().rpartition(".")[2]
            if option in (_SIGN, "URL"):
                (pinned if option == _SIGN else urls).setdefault(_handle(call), []).append(arguments[1])
    for handle, values in pinned.items():
        for node in values:
            at = position_of(node)
            # If the option changes, the file does not say which of its values a URL has.
            hosts = [host_of(url, code) for url in urls.get(handle, ())] if len(values) == 1 else [unknown(node)]
            pins = list(_pins(code, node))
            remarks = []
            if not hosts:
                text = "pycurl is given pins here, but this file does not give their host; they are left out"
                remarks.append(Remark("value-elsewhere", text, at))
            if any(isinstance(pin, Known) and not pin.text.startswith("sha256//") for pin in pins):
                text = "pycurl takes the key from a file, which this file does not contain"
                remarks, pins = [*remarks, Remark("pins-elsewhere", text, at)], []
            yield Pinning(tuple(dict.fromkeys(hosts)), tuple(pins), at, remarks=tuple(remarks))


def _handle(call: SgNode) -> tuple[str, int]:
    """Identify the handle by its name, and the function in which it has this name."""
    function = named(call)[0]
    around = next((node for node in call.ancestors() if node.kind() in _FUNCTIONS), call)
    return named(function)[0].text(), around.range().start.index


def _pins(code: Code, node: SgNode) -> Iterator[Value]:
    for value in code.values(node):
        if isinstance(value, Known):
            yield from (Known(text, value.at) for text in value.text.split(";") if text)
        else:
            yield value


EXTRACTOR: Final = Extractor(
    id="pycurl",
    title="pycurl",
    signs=(_SIGN,),
    formats={"python": "curl"},
    find=_find,
    style="curl (sha256//)",
)
