"""
Read the configuration of TrustKit for Apple's platforms.

Source:
    https://github.com/datatheorem/TrustKit/blob/master/TrustKit/parse_configuration.m. An exception that it raises
    crashes the app at its start.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _trustkit_ios as tsk
from pinsmith.formats._format import Found, FoundPin, Reading
from pinsmith.formats._note import Notes
from pinsmith.formats._plist import renamed
from pinsmith.formats._respelling import respelled
from pinsmith.formats._text import read_host, read_parts, read_pin, read_report_uri
from pinsmith.host import is_address
from pinsmith.pin import parse_spelling
from pinsmith.repair import Respelling
from pinsmith.syntax.edit import Splice
from pinsmith.syntax.plist import members
from pinsmith.syntax.xml_splice import remove

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import NoReturn

    from pinsmith.syntax.plist import Node
    from pinsmith.syntax.position import Position
    from pinsmith.syntax.xml import Element

CONFIGURATION: Final = "TSKConfiguration"
_OLD_ALGORITHMS: Final = "TSKPublicKeyAlgorithms"
_DAY: Final = re.compile(r"([0-9]{1,4})-([0-9]{1,2})-([0-9]{1,2})")
# -[NSString boolValue]: blanks, a sign, zeros, then one of these.
_TRUE: Final = re.compile(r"\s*[+-]?0*[YyTt1-9]")
_WORDS: Final = {True: {"yes", "true", "1"}, False: {"no", "false", "0"}}
_KNOWN: Final = frozenset(
    {tsk.HASHES, tsk.ENFORCE, tsk.INCLUDE, tsk.EXPIRES, tsk.REPORTS, tsk.NO_DEFAULT, tsk.EXCLUDE, _OLD_ALGORITHMS}
)
_LEAST_PINS: Final = 2
_FIRST_YEAR: Final = 2000  # an earlier one is a mistake of another kind
_STYLE: Final = "bare base64"


def configuration(root: Node) -> Node | None:
    """Return the dictionary for TrustKit, in an Info.plist or a list of its own; None if there is none."""
    top = members(root, "the list")
    if CONFIGURATION in top:
        members(top[CONFIGURATION], CONFIGURATION)
        return top[CONFIGURATION]
    return root if tsk.DOMAINS in top else None


def read_configuration(root: Node, file: str) -> Reading:
    """
    Read the configuration as TrustKit does.

    Raises:
        FormatError: if TrustKit would raise an exception.
    """
    node = configuration(root)
    if node is None:
        raise FormatError(f"it has no {CONFIGURATION}", file=file)
    return _Reader(file).run(node, root)


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self.notes = Notes(file)
        self._keys: dict[str, Element] = {}

    def run(self, node: Node, root: Node) -> Reading:
        held = members(node, CONFIGURATION)
        if tsk.DOMAINS not in held:
            self._fail(f"{CONFIGURATION} has no {tsk.DOMAINS}", node)
        for name, value in held.items():
            if name == tsk.ANCHORS and self._boolean(name, value):
                text = f"{name} is on: macOS does not compare pins for authorities that the user added"
                self.notes.add("pins-overridden", text, value.position, repair=_switched_off(value))
            elif name == tsk.SWIZZLE and self._boolean(name, value):
                self._note("setting-not-kept", f"{name} is not kept, because a policy has no such setting", value)
            elif name not in {tsk.ANCHORS, tsk.SWIZZLE, tsk.DOMAINS} and (node is not root or name.startswith("TSK")):
                self._note("ignored-setting", f"{name!r} has no meaning here", value)
        domains = members(held[tsk.DOMAINS], tsk.DOMAINS).items()
        self._keys = held[tsk.DOMAINS].keys
        found = list(read_parts(domains, lambda item: self._domain(*item), self.notes))
        wide = [domain.host for domain in found if domain.include_subdomains]
        for domain in found:
            if domain.exempt and tsk.reaching(domain.host, wide) is None:
                self._fail_at(
                    f"{domain.host} is excluded, but no domain that includes subdomains covers it", domain.line
                )
        if "NSPinnedDomains" in getattr(root.members.get("NSAppTransportSecurity"), "members", {}):
            text = "App Transport Security also pins hosts in this file"
            self._note("pins-elsewhere", text, root, "import them with --from apple-ats")
        return Reading(tuple(found), notes=tuple(self.notes))

    def _note(self, rule: str, text: str, node: Node, fix: str | None = None) -> None:
        self.notes.add(rule, text, node.position, fix=fix)

    def _fail(self, problem: str, node: Node, hint: str | None = None) -> NoReturn:
        self._fail_at(problem, node.line, hint, column=node.column)

    def _fail_at(
        self, problem: str, line: int | None, hint: str | None = None, *, column: int | None = None
    ) -> NoReturn:
        raise FormatError(f"{problem}; the app crashes", file=self._file, line=line, column=column, hint=hint)

    def _domain(self, name: str, node: Node) -> Found:
        held = members(node, name)
        host = read_host(name, self._file, node.line)
        if name != host:
            text, fix = f"{name!r} never matches, because the platform looks for {host!r}", f"write {host!r}"
            self.notes.add("host-never-matches", text, node.position, fix=fix, repair=renamed(self._keys, name, host))
        if is_address(host):
            self._fail(f"{host} is an address", node)
        if tsk.EXCLUDE in held and self._boolean(tsk.EXCLUDE, held[tsk.EXCLUDE]):
            if len(held) > 1:
                self._fail(f"{name!r} is excluded, but has other keys besides {tsk.EXCLUDE}", node)
            self._require_domain(host, node, include_subdomains=False)
            return Found(host, (), exempt=True, line=node.line)
        include = self._flag(held, tsk.INCLUDE)
        self._require_domain(host, node, include_subdomains=include)
        self._remark(name, node)
        enforce = self._flag(held, tsk.ENFORCE, usual=True)
        usable = [*read_parts([node], lambda entry: self._pins(name, entry, enforce=enforce), self.notes)]
        return Found(
            host,
            usable[0] if usable else (),
            include,
            self._expiry(held.get(tsk.EXPIRES)),
            report_only=not enforce,
            report_uris=self._reports(name, held.get(tsk.REPORTS)),
            line=node.line,
        )

    def _require_domain(self, host: str, node: Node, *, include_subdomains: bool) -> None:
        problem = tsk.domain_problem(host, include_subdomains=include_subdomains)
        if problem is not None:
            raise FormatError(f"{host!r}: {problem}", file=self._file, line=node.line, column=node.column)

    def _remark(self, name: str, node: Node) -> None:
        for key, value in node.members.items():
            if key == tsk.EXCLUDE_MEANT:
                text = f"{key} has no meaning, because TrustKit looks for {tsk.EXCLUDE}"
                self._note("ignored-setting", text, value)
            elif key == _OLD_ALGORITHMS:
                self._note("obsolete-setting", f"current versions of TrustKit ignore {key}, and need none", value)
            elif key not in _KNOWN:
                self._note("ignored-setting", f"{name!r} has the key {key!r}, which has no meaning here", value)
        if not self._flag(node.members, tsk.NO_DEFAULT):
            text, fix = f"{name!r} also reports to the vendor of TrustKit", f"set {tsk.NO_DEFAULT} to true"
            repair = _without_default_report(node)
            self.notes.add("third-party-reports", text, node.position, fix=fix, repair=repair)

    def _flag(self, held: dict[str, Node], name: str, *, usual: bool = False) -> bool:
        return self._boolean(name, held[name]) if name in held else usual

    def _boolean(self, name: str, node: Node) -> bool:
        """Read a value that has the method ``boolValue``."""
        if node.kind in {"true", "false"}:
            return node.kind == "true"
        if node.kind == "number":
            return any(digit in "123456789" for digit in re.split("[eE]", node.text)[0])
        if node.kind == "string":
            value = _TRUE.match(node.text) is not None
            text = f"{name} is the string {node.text!r}, which means {'yes' if value else 'no'}"
            self.notes.add("misleading-setting", text, node.position, repair=_as_boolean(node, value=value))
            return value
        return self._fail(f"{name} is of type {node.kind}, but must be a boolean", node)

    def _expiry(self, node: Node | None) -> date | None:
        if node is None:
            return None
        if node.kind != "string":
            self._fail(
                f"{tsk.EXPIRES} is of type {node.kind}, but must be a string", node, "write <string>2030-12-31</string>"
            )
        found = _DAY.fullmatch(node.text.strip())
        try:
            expires = date(*map(int, found.groups())) if found else None
        except ValueError:
            expires = None
        if expires is None:
            text = f"{tsk.EXPIRES} is {node.text!r} and not a day as yyyy-mm-dd, so the pins never expire"
            self._note("misleading-setting", text, node)
        elif node.text != expires.isoformat():
            text = f"{tsk.EXPIRES} is {node.text!r}, which TrustKit reads as {expires}"
            repair = [Respelling(node.text, expires.isoformat())] if expires.year >= _FIRST_YEAR else []
            self.notes.add("misleading-setting", text, node.position, repair=repair)
        return expires

    def _reports(self, name: str, node: Node | None) -> tuple[str, ...]:
        sound = []
        for address in self._texts(tsk.REPORTS, node) if node is not None else []:
            if not tsk.is_uri(address.text):
                problem = f"{name!r} reports to {address.text!r}, which is not a URL"
                text = f"{problem}; the app crashes, and the address is left out"
                self._note("app-crashes", text, address)
            elif (uri := read_report_uri(address.text, address.position, self.notes)) is not None:
                sound.append(uri)
        return tuple(dict.fromkeys(sound))

    def _texts(self, name: str, node: Node) -> list[Node]:
        if node.kind != "array":
            self._fail(f"{name} is of type {node.kind}, but must be an array", node)
        for item in node.items:
            if item.kind != "string":
                self._fail(f"{name} holds a value of type {item.kind}, but must hold strings", item)
        return node.items

    def _pin(self, node: Node) -> FoundPin | None:
        pin = read_pin(node.text, node.position, self.notes)
        if pin is None:
            return None
        spelling = parse_spelling(node.text)
        if spelling.style != _STYLE or {*spelling.remarks} - {"stray bits in the last character"}:
            reason = ", ".join((spelling.style, *spelling.remarks))
            self._fail(
                f"TrustKit does not read {node.text!r} as a pin ({reason})", node, f"write {spelling.pin.base64}"
            )
        return FoundPin(pin)

    def _pins(self, name: str, node: Node, *, enforce: bool) -> tuple[FoundPin, ...]:
        texts = self._texts(tsk.HASHES, node.members[tsk.HASHES]) if tsk.HASHES in node.members else []
        before = len(self.notes)
        pins = list(read_parts(texts, self._pin, self.notes, mend=lambda node: respelled(node.text, _STYLE)))
        distinct = tuple(dict.fromkeys(pins))
        if len(distinct) < len(pins):
            removals = [] if len(pins) < len(texts) else _repeated(texts, pins)
            self.notes.add("duplicate-pin", f"{name!r} lists a pin twice", node.position, repair=removals)
        least = _LEAST_PINS if enforce else 1
        bad = len(texts) - len(pins)  # all of them are problems already
        if len(distinct) + bad < least:
            hint = f"TrustKit looks for {tsk.EXCLUDE}" if tsk.EXCLUDE_MEANT in node.members else None
            self._fail(f"{name!r} has {len(distinct)} of the {least} distinct pins that TrustKit needs", node, hint)
        if len(distinct) >= _LEAST_PINS:
            self.notes.remove_bad(before, _removals(texts))
        return distinct


def _switched_off(node: Node) -> tuple[Splice, ...]:
    """Return the edit that makes a boolean false; empty in a binary list, or if it is not written as a boolean."""
    if node.kind != "true" or node.element is None:
        return ()
    return (Splice(node.element.start, node.element.end, "<false/>"),)


def _removals(texts: Iterable[Node]) -> dict[Position | None, Splice]:
    return {text.position: remove(text.element) for text in texts if text.element is not None}


def _repeated(texts: Sequence[Node], pins: Sequence[FoundPin]) -> list[Splice]:
    """Return the edits that remove the pins of a list that stand in it before."""
    repeated = [text for at, (text, pin) in enumerate(zip(texts, pins, strict=True)) if pin in pins[:at]]
    return [*_removals(repeated).values()]


def _as_boolean(node: Node, *, value: bool) -> tuple[Splice, ...]:
    """Return the edit of a string to the boolean that it means; empty if its author may have meant the other one."""
    if node.element is None or node.text.strip().lower() not in _WORDS[value]:
        return ()
    return (Splice(node.element.start, node.element.end, "<true/>" if value else "<false/>"),)


def _without_default_report(node: Node) -> tuple[Splice, ...]:
    """Return the edit that switches off the reports to the vendor; empty in a binary or an empty list."""
    setting = node.members.get(tsk.NO_DEFAULT)
    if setting is not None and setting.element is not None:
        return (Splice(setting.element.start, setting.element.end, "<true/>"),)
    first = next(iter(node.keys.values()), None)
    if setting is not None or node.element is None or first is None:
        return ()
    return (Splice(first.start, first.start, f"<key>{tsk.NO_DEFAULT}</key>\n<true/>\n"),)
