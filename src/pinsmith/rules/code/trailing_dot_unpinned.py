"""
Pins that a host with a dot at its end does not have.

Only the two clients that are known to keep the dot are looked at. For OkHttp, `vulnerable-client` knows the versions.
Go and urllib3 take the dot away before they compare, and for Swift and Dart nobody has shown what they do.

Source:
    https://github.com/nodejs/node/blob/main/lib/_tls_wrap.js: checkServerIdentity gets the name as the URL has it, and
    only Node's own function takes the dot away.
    https://requests.readthedocs.io/en/latest/user/advanced/#transport-adapters: an adapter is chosen by the beginning
    of the URL.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._function import body_of, functions, is_function, unwrapped
from pinsmith.rules.code._intent import means_to_pin
from pinsmith.rules.code._setting import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit import Code

_CHECK: Final = "checkServerIdentity"
_PARAMETER: Final = re.compile(r"(?:function\b\s*)?(?:\w+\s*(?=\())?\(\s*(?P<name>[\w$]+)\s*[,:)]")
_PASSES: Final = r"(?:\{{\s*)?return\s*(?:undefined|null|void 0|{answer})?\s*[;}}\n]"
_ANSWER: Final = r"tls\.checkServerIdentity\([^()]*\)"
_TAKEN_AWAY: Final = re.compile(r"""["'`]\.["'`]|\\\.\$|\bunfqdn\b""")
_DOTTED: Final = re.compile(r"https://([\w-]+(?:\.[\w-]+)+)\./")
_MOUNT: Final = re.compile(
    r"""\.mount\(\s*f?["']https://(?P<host>[\w-]+(?:\.[\w-]+)+)/["']\s*,\s*\w*(?:[pP]in|[fF]ingerprint)\w*"""
)


def _inspect(code: Code) -> Iterator[Spot]:
    if not means_to_pin(code):
        return
    if code.language.id == "python":
        dotted = set(_DOTTED.findall(code.bare))
        for match in _MOUNT.finditer(code.bare):
            host = match["host"]
            if host not in dotted:
                message = f"a URL of https://{host}./ begins otherwise, so it has another adapter and no pins"
                yield Spot(code.position(match.start() + 1), message, f'mount the adapter for "https://{host}./" too')
    if code.language.id in ("tsx", "typescript"):
        for function in (*_given(code), *functions(code, _CHECK)):
            found = _without_pins(function)
            if found is not None:
                message = "a host with a dot at its end, such as api.example.com., is not found here, and passes"
                yield Spot(code.position(found), message)


def _given(code: Code) -> Iterator[SgNode]:
    for setting in settings(code, _CHECK):
        if setting.values and is_function(setting.values[-1]):
            yield unwrapped(setting.values[-1])


def _without_pins(function: SgNode) -> int | None:
    """Return where a function lets hosts pass that it does not find by their names as they are written."""
    body, text = body_of(function), function.text()
    parameter = _PARAMETER.match(text)
    if body is None or parameter is None or _TAKEN_AWAY.search(body.text()):
        return None
    host = re.escape(parameter["name"])
    lookup = rf"[\w$.]+(?:\[{host}\]|\.(?:get|has)\({host}\))"
    inside = body.text()
    held = {match[1] for match in re.finditer(rf"\b(?:const|let|var)\s+(\w+)\s*=\s*{lookup}\s*[;\n]", inside)}
    names = "|".join([lookup, *map(re.escape, sorted(held))])
    absent = (
        rf"!\s*(?:{names})|(?:{names})\s*===?\s*(?:undefined|null)|!\s*\(\s*{host}\s+in\b[^)]*\)"
        rf"""|{host}\s*!==?\s*["'][\w.-]+["']"""
    )
    named = {match[1] for match in re.finditer(rf"\b(\w+)\s*=\s*{_ANSWER}", inside)}
    passes = _PASSES.format(answer="|".join([_ANSWER, *sorted(named)]))
    found = re.search(rf"\bif\s*\((?:[^()]{{0,200}}\|\|)?\s*(?:{absent})\s*\)\s*{passes}", inside)
    return None if found is None else body.range().start.index + found.start()


_CODE: Final = """\
const pinned = loadPins();
const options = {
    checkServerIdentity: (host, cert) => {
        const problem = tls.checkServerIdentity(host, cert);
        if (problem) return problem;
        const keys = pinned.get(HOST);
        if (!keys) return undefined;
        return keys.has(digest(publicKeyOf(cert))) ? undefined : new Error("not pinned");
    },
};
"""
RULE = Rule(
    id="trailing-dot-unpinned",
    severity=Severity.MEDIUM,
    title="pins that a host with a dot at its end does not have",
    effect="A link or a redirect to https://api.example.com./ reaches the same host, and no pin is compared.",
    fix="take one dot off the end of the name before the pins are looked up",
    example=Example(_CODE.replace("HOST", "host"), _CODE.replace("HOST", 'host.replace(/\\.$/, "")'), "check.js"),
    references=("CWE-297", "MASWE-0028"),
    inspect=_inspect,
    about_pins=True,
    signs=(_CHECK, ".mount("),
)
