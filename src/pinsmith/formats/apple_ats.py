"""Apple: pinned domains of App Transport Security in an Info.plist."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.authorities import find
from pinsmith.errors import FormatError, HostError
from pinsmith.formats._format import Can, Export, Format, Found, FoundPin, Reading
from pinsmith.formats._note import Notes
from pinsmith.formats._plist import edits_of, renamed, with_comments
from pinsmith.formats._respelling import respelled
from pinsmith.formats._text import host_of_url, is_pin, read_parts, read_pin
from pinsmith.host import ancestors, canonical_host, is_address
from pinsmith.syntax.plist import members, read_plist, recognises
from pinsmith.syntax.xml_splice import remove

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from pinsmith.formats._format import Entry
    from pinsmith.syntax.plist import Node, Plain
    from pinsmith.syntax.plist_edit import PlistEdits
    from pinsmith.syntax.xml import Element

_ATS: Final = "NSAppTransportSecurity"
_DOMAINS: Final = "NSPinnedDomains"
_SUBDOMAINS: Final = "NSIncludesSubdomains"
_LEAF: Final = "NSPinnedLeafIdentities"
_CA: Final = "NSPinnedCAIdentities"
_DIGEST: Final = "SPKI-SHA256-BASE64"
_STYLE: Final = "bare base64"
_REQUIRED: Final = "SecTrustPinningRequired"
_SPELT_LIKE: Final = re.compile(f"{_DOMAINS}?", re.IGNORECASE)
_EXCEPTIONS: Final = "NSExceptionDomains"
_ARBITRARY: Final = "NSAllowsArbitraryLoads"
# If one of these is there, the platform ignores _ARBITRARY.
_NARROWER: Final = {"NSAllowsArbitraryLoadsInMedia", "NSAllowsArbitraryLoadsInWebContent", "NSAllowsLocalNetworking"}


class _Reader:
    """
    Reads the list as parseNSPinnedDomains of SecPolicy.c does.

    Source:
        https://github.com/apple-oss-distributions/Security/blob/main/OSX/sec/Security/SecPolicy.c
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self.notes = Notes(file)
        self._keys: dict[str, Element] = {}

    def run(self, root: Node) -> Reading:
        top = members(root, "the list")
        domains = members(top[_ATS], _ATS).get(_DOMAINS) if _ATS in top else None
        if domains is None:
            raise self._misplaced(root)
        named = members(domains, _DOMAINS).items()
        self._keys = domains.keys
        hosts = list(read_parts(named, lambda item: self._domain(*item), self.notes))
        if any(pin.role == "intermediate" and find(pin.pin) is None for host in hosts for pin in host.pins):
            text = f"{_CA} does not say which authorities are roots, so unknown ones are imported as intermediates"
            self._note("role-unknown", text, domains)
        if (required := top.get(_REQUIRED)) is not None and required.kind == "true":
            self._note("ignored-setting", f"{_REQUIRED} refuses hosts without pins, and replaces {_DOMAINS}", required)
        if "TSKConfiguration" in top:
            text, fix = "TrustKit is also configured in this file", "to import that, use --from trustkit-ios"
            self._note("pins-elsewhere", text, top["TSKConfiguration"], fix)
        for found in hosts:
            self._cleartext(found, members(top[_ATS], _ATS))
        return Reading(tuple(hosts), notes=tuple(self.notes))

    def _misplaced(self, root: Node) -> FormatError:
        """Return the error for a list whose pinned domains Apple does not find."""
        for around, name, node in _settings(root, ""):
            if _SPELT_LIKE.fullmatch(name):
                is_spelt = name == _DOMAINS
                where = f"inside {around}" if around else "at the top of the list"
                place = f"{name} is {where}" if is_spelt else f"{name!r} is not {_DOMAINS}"
                hint = f"move it into {_ATS}" if is_spelt else f"write {_DOMAINS}"
                problem = f"{place}, so Apple ignores it and pins nothing"
                return FormatError(problem, file=self._file, line=node.line, column=node.column, hint=hint)
        return FormatError(f"it has no {_ATS} with {_DOMAINS}", file=self._file)

    def _cleartext(self, found: Found, transport: dict[str, Node]) -> None:
        """
        Note that a pinned host can also be reached without TLS.

        Source:
            https://developer.apple.com/documentation/bundleresources/information-property-list/nsapptransportsecurity
        """
        exceptions = transport[_EXCEPTIONS].members if _EXCEPTIONS in transport else {}
        names = [found.host, *(name for name in ancestors(found.host) if _is_on(exceptions.get(name), _SUBDOMAINS))]
        exception = next((exceptions[name] for name in names if name in exceptions), None)
        if exception is not None:
            is_open = _is_on(exception, "NSExceptionAllowsInsecureHTTPLoads")
        else:
            value = transport.get(_ARBITRARY)
            is_open = value is not None and value.kind == "true" and not _NARROWER & transport.keys()
        if is_open:
            text = f"the platform also sends requests to {found.host} without TLS, where it compares no pins"
            fix = f"remove the exception of {_EXCEPTIONS}, or {_ARBITRARY}"
            self.notes.add("cleartext-permitted", text, found.line, fix=fix)

    def _note(self, rule: str, text: str, node: Node, fix: str | None = None) -> None:
        self.notes.add(rule, text, node.position, fix=fix)

    def _domain(self, name: str, node: Node) -> Found | None:
        if node.kind != "dict":
            self._note("ignored-setting", f"{name!r} is of type {node.kind}, so the platform ignores it", node)
            return None
        held = members(node, name)
        for key, value in held.items():
            if key not in {_SUBDOMAINS, _LEAF, _CA}:
                self._note("ignored-setting", f"{name!r} has the key {key!r}, which has no meaning here", value)
        try:
            host = canonical_host(name)
        except HostError:
            repair = renamed(self._keys, name, host_of_url(name))
            self.notes.add(
                "host-never-matches", f"{name!r} is not a host name and never matches", node.position, repair=repair
            )
            return None
        if name.lower() != host:
            text = f"{name!r} never matches, because the platform looks for {host!r}"
            fix, repair = f"write {host!r}", renamed(self._keys, name, host)
            self.notes.add("host-never-matches", text, node.position, fix=fix, repair=repair)
        if is_address(host):
            text = f"{host} is an address, which the platform supports only in iOS 17 and later"
            self._note("platforms-differ", text, node)
        if _LEAF not in held and _CA not in held:
            self._note("no-pins", f"{name!r} lists no keys and is not pinned", node)
            return None
        if _LEAF in held and _CA in held:
            text = f"{name!r} demands a key of both lists, so both need a backup; in a policy any pinned key is enough"
            self._note("misleading-setting", text, node, f"keep either {_LEAF} or {_CA}")
        pins = [pin for key in (_LEAF, _CA) if key in held for pin in self._pins(name, key, held[key])]
        return Found(host, tuple(dict.fromkeys(pins)), self._includes(host, held.get(_SUBDOMAINS)), line=node.line)

    def _includes(self, host: str, node: Node | None) -> bool:
        if node is None or node.kind == "false":
            return False
        if node.kind != "true":
            self._note("misleading-setting", f"{_SUBDOMAINS} is of type {node.kind}, which means no", node)
            return False
        text = f"{_SUBDOMAINS} covers one label below {host}, but in a policy all subdomains"
        self._note("policy-differs", text, node)
        return True

    def _pins(self, name: str, key: str, node: Node) -> list[FoundPin]:
        role: Literal["leaf", "intermediate"] = "leaf" if key == _LEAF else "intermediate"
        pins, can_match, before = [], False, len(self.notes)
        for item in node.items:
            digest = item.members.get(_DIGEST)
            if digest is None or digest.kind != "string":
                text = f"the platform ignores an entry of {key} without a string as {_DIGEST}"
                self._note("ignored-setting", text, item)
                continue
            for other in item.members:
                if other != _DIGEST:
                    self._note("ignored-setting", f"{other!r} beside {_DIGEST} has no meaning", item)
            if not is_pin(digest.text):
                text = f"{digest.text[:80]!r} is not a pin and never matches"
                repair = respelled(digest.text, _STYLE)
                self.notes.add("pin-never-matches", text, digest.position, repair=repair)
                continue
            can_match = True
            pin = read_pin(digest.text, digest.position, self.notes, style=_STYLE)
            if pin is not None:
                pins.append(FoundPin(pin, role))
        if not can_match:
            raise FormatError(
                f"{key} of {name!r} lists no key that can match, so the platform would refuse every connection",
                file=self._file,
                line=node.line,
                column=node.column,
            )
        if pins:
            places = {item.members[_DIGEST].position: item.element for item in node.items if _DIGEST in item.members}
            self.notes.remove_bad(before, {place: remove(found) for place, found in places.items() if found})
        return pins


def _settings(node: Node, around: str) -> Iterator[tuple[str, str, Node]]:
    """Yield every member of a dictionary and of those in it, with the name of what contains it."""
    for name, member in node.members.items():
        yield around, name, member
        yield from _settings(member, name)


def _is_on(node: Node | None, name: str) -> bool:
    value = node.members.get(name) if node is not None else None
    return value is not None and value.kind == "true"


def read_list(root: Node, file: str) -> Reading:
    """
    Read an information property list, wherever it is from.

    Raises:
        FormatError: if it pins nothing, or if its pins can never match.
    """
    return _Reader(file).run(root)


def domains(export: Export) -> dict[str, Plain]:
    """Return the value of NSPinnedDomains, by host."""
    return {
        entry.host: {name: value for name, value in _domain(entry).items() if value is not None}
        for entry in export.entries
    }


def _read(content: bytes, file: str) -> Reading:
    plist = read_plist(content)
    reading = read_list(plist.root, file)
    return replace(reading, notes=tuple(with_comments(reading.notes, plist, _DIGEST, file)))


def _write(export: Export) -> str:
    editor = edits_of(export)
    wanted = domains(export)
    ats = editor.inner(editor.root, _ATS, "the list")
    pinned = editor.inner(ats, _DOMAINS, _ATS) if ats is not None else None
    if ats is None:
        editor.add(editor.root, _ATS, {_DOMAINS: wanted}, marked=_DOMAINS)
    elif pinned is None:
        editor.add(ats, _DOMAINS, wanted, marked=_DOMAINS)
    else:
        editor.put_comment(pinned)
        _merge(editor, pinned, export, wanted)
    return editor.run()


def _merge(editor: PlistEdits, domains: Node, export: Export, wanted: dict[str, Plain]) -> None:
    """Change the existing domains. The platform ignores the case of their names."""
    entries = {entry.host: entry for entry in export.entries}
    for name, node in domains.members.items():
        entry = entries.pop(name.lower(), None)
        if entry is None or node.kind != "dict":
            editor.drop(domains, name)
            if entry is not None:
                entries[entry.host] = entry
            continue
        members(node, name)
        editor.merge(node, _domain(entry), {_SUBDOMAINS: False})
    for host in entries:
        editor.add(domains, host, wanted[host])


def _domain(entry: Entry) -> dict[str, Plain | None]:
    pins: list[Plain] = [{_DIGEST: pin.base64} for pin in dict.fromkeys(key.pin for key in entry.keys)]
    authorities = all(key.is_authority for key in entry.keys)
    return {
        _SUBDOMAINS: entry.include_subdomains,
        _LEAF: None if authorities else pins,
        _CA: pins if authorities else None,
    }


def _recognises(text: str, name: str) -> bool:
    del name
    return recognises(text, _SPELT_LIKE)


FORMAT: Final = Format(
    id="apple-ats",
    title="Apple App Transport Security (Info.plist)",
    spec="https://developer.apple.com/documentation/bundleresources/information-property-list/nsapptransportsecurity/nspinneddomains",
    suffixes=(".plist",),
    can=Can(subdomains="one-label", matches="leaf-or-ca", joins_parent=True),
    platforms=("ios", "react-native", "cordova-capacitor"),
    place="ios/App/Info.plist",
    read=_read,
    write=_write,
    recognises=_recognises,
    remarks=(
        "The output is checked with plistlib and a second implementation of the documented rules, but not run.",
        "The frameworks of Apple do not run where pinsmith is tested.",
        "It needs iOS 14 or macOS 11, or later.",
        "A host also accepts the pins of a parent that includes subdomains.",
        "A host with leaf pins and authority pins must match one of each, so only one kind is written. See `roles`.",
        "The property list editor of Xcode drops comments. `pinsmith sync` restores its own.",
        "Binary lists can be read but not edited. Convert them with `plutil -convert xml1`.",
    ),
    limits=("Not pinned: WKWebView and SFSafariViewController. URLSession is pinned.",),
)
