"""
Reading what TrustKit for Apple's platforms is told.

Source:
    https://github.com/datatheorem/TrustKit/blob/master/TrustKit/parse_configuration.m; an exception that it raises
    ends the app at its start.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _trustkit_ios as tsk
from pinsmith.formats._format import Found, FoundPin, Note, Reading
from pinsmith.formats._text import read_host, read_parts, read_pin, read_report_uri
from pinsmith.host import is_address
from pinsmith.pin import parse_spelling
from pinsmith.syntax.plist import members

if TYPE_CHECKING:
    from typing import NoReturn

    from pinsmith.syntax.plist import Node

CONFIGURATION: Final = "TSKConfiguration"
_OLD_ALGORITHMS: Final = "TSKPublicKeyAlgorithms"
_DAY: Final = re.compile(r"([0-9]{1,4})-([0-9]{1,2})-([0-9]{1,2})")
# -[NSString boolValue]: blanks, a sign, zeros, then one of these.
_TRUE: Final = re.compile(r"\s*[+-]?0*[YyTt1-9]")
_KNOWN: Final = frozenset(
    {tsk.HASHES, tsk.ENFORCE, tsk.INCLUDE, tsk.EXPIRES, tsk.REPORTS, tsk.NO_DEFAULT, tsk.EXCLUDE, _OLD_ALGORITHMS}
)
_LEAST_PINS: Final = 2


def configuration(root: Node) -> Node | None:
    """Return the dictionary that TrustKit is given: in an Info.plist, or a list of its own; None if there is none."""
    top = members(root, "the list")
    if CONFIGURATION in top:
        members(top[CONFIGURATION], CONFIGURATION)
        return top[CONFIGURATION]
    return root if tsk.DOMAINS in top else None


def read_configuration(root: Node, file: str) -> Reading:
    """
    Read it as TrustKit does.

    Raises:
        FormatError: TrustKit would raise an exception.
    """
    node = configuration(root)
    if node is None:
        raise FormatError(f"it has no {CONFIGURATION}", file=file)
    return _Reader(file).run(node, root)


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self.notes: list[Note] = []

    def run(self, node: Node, root: Node) -> Reading:
        held = members(node, CONFIGURATION)
        if tsk.DOMAINS not in held:
            self._fail(f"{CONFIGURATION} has no {tsk.DOMAINS}", node)
        for name, each in held.items():
            if name == tsk.ANCHORS and self._boolean(name, each):
                self._note(f"{name} is true: on macOS no pins hold for authorities that the user added", each)
            elif name == tsk.SWIZZLE and self._boolean(name, each):
                self._note(f"{name} is not kept; a policy has nothing like it", each)
            elif name not in {tsk.ANCHORS, tsk.SWIZZLE, tsk.DOMAINS} and (node is not root or name.startswith("TSK")):
                self._note(f"{name!r} means nothing here", each)
        domains = members(held[tsk.DOMAINS], tsk.DOMAINS).items()
        found = list(read_parts(domains, lambda each: self._domain(*each), self.notes))
        wide = [domain.host for domain in found if domain.include_subdomains]
        for domain in found:
            if domain.exempt and tsk.reaching(domain.host, wide) is None:
                self._fail_at(f"{domain.host} is excluded, and no domain with subdomains reaches it", domain.line)
        if "NSPinnedDomains" in getattr(root.members.get("NSAppTransportSecurity"), "members", {}):
            self._note("App Transport Security pins hosts here too; apple-ats reads that", root)
        return Reading(tuple(found), notes=tuple(self.notes))

    def _note(self, text: str, node: Node) -> None:
        self.notes.append(Note(text, node.line))

    def _fail(self, problem: str, node: Node, hint: str | None = None) -> NoReturn:
        self._fail_at(problem, node.line, hint)

    def _fail_at(self, problem: str, line: int | None, hint: str | None = None) -> NoReturn:
        raise FormatError(f"{problem}; the app crashes", file=self._file, line=line, hint=hint)

    def _domain(self, name: str, node: Node) -> Found:
        held = members(node, name)
        host = read_host(name, self._file, node.line)
        if name != host:
            self._note(f"{name!r} never matches, for the platform asks for {host!r}", node)
        if is_address(host):
            self._fail(f"{host} is an address", node)
        if tsk.EXCLUDE in held and self._boolean(tsk.EXCLUDE, held[tsk.EXCLUDE]):
            if len(held) > 1:
                self._fail(f"{name!r} is excluded, and has other keys besides {tsk.EXCLUDE}", node)
            self._require_domain(host, node, include_subdomains=False)
            return Found(host, (), exempt=True, line=node.line)
        include = self._flag(held, tsk.INCLUDE)
        self._require_domain(host, node, include_subdomains=include)
        self._remark(name, node)
        enforce = self._flag(held, tsk.ENFORCE, usual=True)
        return Found(
            host,
            self._pins(name, node, enforce=enforce),
            include,
            self._expiry(held.get(tsk.EXPIRES)),
            report_only=not enforce,
            report_uris=self._reports(name, held.get(tsk.REPORTS)),
            line=node.line,
        )

    def _require_domain(self, host: str, node: Node, *, include_subdomains: bool) -> None:
        problem = tsk.domain_problem(host, include_subdomains=include_subdomains)
        if problem is not None:
            raise FormatError(f"{host!r}: {problem}", file=self._file, line=node.line)

    def _remark(self, name: str, node: Node) -> None:
        for key, each in node.members.items():
            if key == tsk.EXCLUDE_MEANT:
                self._note(f"{key} means nothing: TrustKit looks for {tsk.EXCLUDE}", each)
            elif key == _OLD_ALGORITHMS:
                self._note(f"{key} means nothing to current versions of TrustKit", each)
            elif key not in _KNOWN:
                self._note(f"{name!r} has the key {key!r}, which means nothing here", each)
        if not self._flag(node.members, tsk.NO_DEFAULT):
            self._note(f"{name!r} reports to TrustKit's vendor too, without {tsk.NO_DEFAULT}; that is not kept", node)

    def _flag(self, held: dict[str, Node], name: str, *, usual: bool = False) -> bool:
        return self._boolean(name, held[name]) if name in held else usual

    def _boolean(self, name: str, node: Node) -> bool:
        """Read what answers to ``boolValue``."""
        if node.kind in {"true", "false"}:
            return node.kind == "true"
        if node.kind == "number":
            return any(each in "123456789" for each in re.split("[eE]", node.text)[0])
        if node.kind == "string":
            value = _TRUE.match(node.text) is not None
            self._note(f"{name} is the text {node.text!r}, and means {'yes' if value else 'no'}", node)
            return value
        return self._fail(f"{name} is of type {node.kind}, a boolean expected", node)

    def _expiry(self, node: Node | None) -> date | None:
        if node is None:
            return None
        if node.kind != "string":
            self._fail(
                f"{tsk.EXPIRES} is of type {node.kind}, a text expected", node, "write <string>2030-12-31</string>"
            )
        found = _DAY.fullmatch(node.text.strip())
        try:
            expires = date(*map(int, found.groups())) if found else None
        except ValueError:
            expires = None
        if expires is None:
            self._note(f"{tsk.EXPIRES} is {node.text!r}, no day as yyyy-mm-dd, so that the pins never expire", node)
        elif node.text != expires.isoformat():
            self._note(f"{tsk.EXPIRES} is {node.text!r}, taken for {expires}", node)
        return expires

    def _reports(self, name: str, node: Node | None) -> tuple[str, ...]:
        sound = []
        for each in self._texts(tsk.REPORTS, node) if node is not None else []:
            if not tsk.is_uri(each.text):
                told = f"{name!r} reports to {each.text!r}, which is not a URL"
                self._note(f"{told}; the app crashes, and the address is left out", each)
            elif (uri := read_report_uri(each.text, each.line, self.notes)) is not None:
                sound.append(uri)
        return tuple(dict.fromkeys(sound))

    def _texts(self, name: str, node: Node) -> list[Node]:
        if node.kind != "array":
            self._fail(f"{name} is of type {node.kind}, an array expected", node)
        for each in node.items:
            if each.kind != "string":
                self._fail(f"{name} holds a value of type {each.kind}, a text expected", each)
        return node.items

    def _pin(self, node: Node) -> FoundPin | None:
        pin = read_pin(node.text, node.line, self.notes)
        if pin is None:
            return None
        spelling = parse_spelling(node.text)
        if spelling.style != "bare base64" or {*spelling.remarks} - {"stray bits in the last character"}:
            told = ", ".join((spelling.style, *spelling.remarks))
            self._fail(f"{node.text!r} is no pin to TrustKit: {told}", node, f"write {spelling.pin.base64}")
        return FoundPin(pin)

    def _pins(self, name: str, node: Node, *, enforce: bool) -> tuple[FoundPin, ...]:
        texts = self._texts(tsk.HASHES, node.members[tsk.HASHES]) if tsk.HASHES in node.members else []
        pins = list(read_parts(texts, self._pin, self.notes))
        distinct = tuple(dict.fromkeys(pins))
        if len(distinct) < len(pins):
            self._note(f"{name!r} lists a pin twice", node)
        least = _LEAST_PINS if enforce else 1
        bad = len(texts) - len(pins)  # each of them a problem already
        if len(distinct) + bad < least:
            hint = f"TrustKit looks for {tsk.EXCLUDE}" if tsk.EXCLUDE_MEANT in node.members else None
            self._fail(f"{name!r} has {len(distinct)} of at least {least} distinct pins", node, hint)
        return distinct
