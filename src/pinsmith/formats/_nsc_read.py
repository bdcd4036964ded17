"""
Read a network_security_config.xml as Android does.

Source:
    The platform's own parser, android.security.net.config.XmlConfigSource:
    https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/packages/NetworkSecurityConfig/platform/src/android/security/net/config/XmlConfigSource.java
    and the build tool that compiles the file for it, aapt2: xml/XmlDom.cpp, format/binary/XmlFlattener.cpp.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError, HostError
from pinsmith.formats._note import COMMENTED_OUT, Notes
from pinsmith.formats._nsc import ROOT, Config, Domain, Nsc, PinSet
from pinsmith.formats._nsc_value import is_digest, read_boolean, read_digest, read_expiry
from pinsmith.formats._respelling import respelled
from pinsmith.formats._text import host_of_url, read_parts
from pinsmith.host import canonical_host
from pinsmith.syntax.position import Position
from pinsmith.syntax.xml import parse_xml
from pinsmith.syntax.xml_splice import remove, set_attribute, set_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Never

    from pinsmith.syntax.edit import Splice
    from pinsmith.syntax.xml import Document, Element

TOOLS: Final = "http://schemas.android.com/tools"
_BLANK: Final = "".join(map(chr, range(0x21)))  # what String.trim() of Java takes off
_FIRST_YEAR: Final = 2000  # an earlier one is a mistake of another kind
_CLEARTEXT: Final = "cleartextTrafficPermitted"
_KNOWN: Final = {
    "domain-config": {_CLEARTEXT, "hstsEnforced"},
    "domain": {"includeSubdomains"},
    "pin-set": {"expiration"},
    "pin": {"digest"},
    "trustkit-config": {"enforcePinning", "disableDefaultReportUri"},
}
_PLACES: Final = {
    "domain-config": {ROOT, "domain-config"},
    "domain": {"domain-config"},
    "pin-set": {"domain-config"},
    "pin": {"pin-set"},
    "trustkit-config": {"domain-config"},
}


def read_nsc(text: str, file: str) -> Nsc:
    """
    Read *text* as Android does.

    Raises:
        FormatError: if the app would crash or could not be built.
    """
    return _Reader(parse_xml(text), file).run()


class _Reader:
    def __init__(self, document: Document, file: str) -> None:
        self._file = file
        self._nsc = Nsc(document, Notes(file))
        self._notes = self._nsc.notes

    def run(self) -> Nsc:
        root = self._nsc.document.root
        if root.name != ROOT:
            self._fail(root, f"its root element is <{root.name}>, but must be <{ROOT}>")
        seen: dict[str, Element] = {}
        for child in self._children(root):
            match child.name:
                case "base-config" | "debug-overrides":
                    self._once(child, seen)
                    self._other(child)
                case "domain-config":
                    self._config(child, None)
        for config in self._nsc.configs:
            self._cleartext(config, seen.get("base-config"))
        self._comments()
        return self._nsc

    def _comments(self) -> None:
        """Keep the comments, and note the first one with pins of each block of comments in consecutive lines."""
        after, is_noted = 0, False
        for comment in self._nsc.document.comments:
            self._nsc.comments[comment.line] = comment.text
            is_noted = is_noted and comment.line <= after
            after = comment.line + comment.text.count("\n") + 1
            if "<pin" in comment.text and not is_noted:
                self._notes.add("commented-out-pins", COMMENTED_OUT, Position(comment.line, comment.column))
                is_noted = True

    def _fail(self, element: Element, problem: str, hint: str | None = None) -> Never:
        raise FormatError(problem, file=self._file, line=element.line, column=element.column, hint=hint)

    def _note(
        self, rule: str, element: Element, text: str, fix: str | None = None, repair: Iterable[Splice] = ()
    ) -> None:
        self._notes.add(rule, text, element.position, fix=fix, repair=repair)

    def _set(self, element: Element, name: str, value: str) -> tuple[Splice]:
        return (set_attribute(self._nsc.document.text, element, name, value),)

    def _children(self, element: Element) -> Iterator[Element]:
        for child in element.children:
            places = _PLACES.get(child.name)
            if places is not None and element.name not in places:
                self._note(
                    "ignored-setting", child, f"<{child.name}> is inside <{element.name}>, where Android ignores it"
                )
                continue
            yield child

    def _once(self, element: Element, seen: dict[str, Element]) -> None:
        before = seen.setdefault(element.name, element)
        if before is not element:
            self._fail(element, f"<{element.name}> occurs twice (first in line {before.line}); the app crashes")

    def _attributes(self, element: Element) -> None:
        for name in element.attributes:
            if name not in _KNOWN[element.name] and not name.startswith("{" + TOOLS):
                text = f"Android ignores the unknown attribute {name!r} of <{element.name}>"
                self._note("ignored-setting", element, text)

    def _other(self, element: Element) -> None:
        """Read base-config or debug-overrides, which hold no pins, but anchors that may override pins."""
        seen: dict[str, Element] = {}
        for child in element.children:
            if child.name in {"domain", "pin-set", "domain-config"}:
                self._fail(child, f"<{child.name}> is inside <{element.name}>; the app crashes")
            if child.name == "certificateTransparency" and element.name == "debug-overrides":
                self._fail(child, "<certificateTransparency> is inside <debug-overrides>; the app crashes")
            if child.name == "trust-anchors":
                self._once(child, seen)
                in_debug = element.name == "debug-overrides"
                overriding = self._anchors(child, in_debug=in_debug)
                self._nsc.overriding = self._nsc.overriding if in_debug else overriding

    def _anchors(self, element: Element, *, in_debug: bool) -> tuple[str, ...]:
        """Read trust anchors, and return the sources of those that override pins in releases."""
        overriding = []
        for child in element.children:
            if child.name != "certificates":
                continue
            source = child.attributes.get("src")
            if source not in {"system", "user", "wfa"} and not re.match(r"\s*@", source or ""):
                problem = "has no src" if source is None else f"has the src {source!r}"
                self._fail(child, f"<certificates> {problem}; the app crashes", "use system, user or @raw/NAME")
            if read_boolean(child.attributes.get("overridePins")) and not in_debug:
                text = f"overridePins: chains that end in {source} are accepted without a pinned key"
                self._note("pins-overridden", child, text, repair=self._set(child, "overridePins", "false"))
                overriding.append(source or "")
            elif source == "user" and not in_debug:
                text = "authorities that users install are trusted in releases too; only pinned hosts refuse them"
                others = [other for other in element.children if other.attributes.get("src") == "system"]
                repair = [remove(child)] if others else []
                self._note("user-authorities", child, text, "move it into <debug-overrides>", repair)
        return tuple(overriding)

    def _own_anchors(self, element: Element) -> None:
        sources = [str(child.attributes.get("src")) for child in element.children if child.name == "certificates"]
        if sources != ["system"]:
            listed = ", ".join(sources) or "none"
            text = f"the trust anchors of this <domain-config> ({listed}) cannot be kept"
            self._note("setting-not-kept", element, text)

    def _config(self, element: Element, parent: Config | None) -> None:
        config = Config(element, parent)
        self._nsc.configs.append(config)
        if parent is not None:
            parent.children.append(config)
        self._attributes(element)
        config.has_settings = any(not name.startswith("{" + TOOLS) for name in element.attributes)
        seen: dict[str, Element] = {}
        for child in self._children(element):
            match child.name:
                case "domain":
                    config.domains.append(self._domain(child, config))
                case "pin-set":
                    self._once(child, seen)
                    config.pin_set = self._pin_set(child)
                case "domain-config":
                    self._config(child, config)
                case "trustkit-config":
                    self._attributes(child)
                    config.trustkit = child
                case _:
                    config.has_settings = True
                    if child.name == "trust-anchors":
                        self._once(child, seen)
                        config.overriding = self._anchors(child, in_debug=False)
                        self._own_anchors(child)
        if not config.domains:
            self._fail(element, "<domain-config> has no <domain>; the app crashes")

    def _cleartext(self, config: Config, base: Element | None) -> None:
        """Note that hosts with pins can be reached without TLS, if this or a configuration around it says so."""
        if config.effective() is None:
            return
        around, found = config, None
        while found is None:
            found = read_boolean(around.element.attributes.get(_CLEARTEXT))
            if around.parent is None:
                break
            around = around.parent
        if found is None and base is not None:
            found = read_boolean(base.attributes.get(_CLEARTEXT))
        if found:
            hosts = ", ".join(domain.text for domain in config.domains)
            text = f"Android also sends requests to {hosts} without TLS, where it compares no pins"
            repair = self._set(config.element, _CLEARTEXT, "false")
            self._note("cleartext-permitted", config.element, text, f'write {_CLEARTEXT}="false"', repair)

    def _text(self, element: Element) -> str:
        runs = [run for run in element.runs if run.strip(_BLANK)]
        if len(runs) != 1 or element.children:
            problem = "has no text" if not runs else "contains more than one text"
            self._fail(element, f"<{element.name}> {problem}; the app crashes")
        if re.search(r"""[\\"']""", runs[0]):
            self._fail(
                element, f"<{element.name}> contains a backslash or a quotation mark, which aapt reads as an escape"
            )
        return runs[0].strip(_BLANK)

    def _domain(self, element: Element, config: Config) -> Domain:
        self._attributes(element)
        text = self._text(element).lower()
        before = self._nsc.by_text.get(text)
        if before is not None:
            self._fail(
                element,
                f"{text} has two <domain> elements (first in line {before[0].element.line}); the app crashes",
                "join the two entries",
            )
        value = element.attributes.get("includeSubdomains")
        includes = read_boolean(value)
        if includes is None and value is not None:
            self._note("misleading-setting", element, f"includeSubdomains is {value!r}, which Android reads as false")
        domain = Domain(element, text, bool(includes), self._host(element, text))
        self._nsc.by_text[text] = domain, config
        return domain

    def _host(self, element: Element, text: str) -> str | None:
        try:
            host = canonical_host(text)
            fix: str | None = f"write {host!r}"
        except HostError as error:
            host, fix = host_of_url(text) or "", error.hint
        if host == text:
            return host
        is_new = host and host not in self._nsc.by_text
        repair = set_text(element, host) if is_new else ()
        self._note("host-never-matches", element, f"{text!r} never matches a host", fix, repair)
        return None

    def _pin_set(self, element: Element) -> PinSet:
        self._attributes(element)
        pin_set = PinSet(element, None, is_broken=True)
        days = [element.attributes.get("expiration")]
        for expires, remark in read_parts(days, lambda text: read_expiry(text, self._file, element.line), self._notes):
            if remark:
                is_clear = expires is not None and expires.year >= _FIRST_YEAR
                repair = self._set(element, "expiration", str(expires)) if is_clear else ()
                self._note("misleading-setting", element, remark, repair=repair)
            pins = [child for child in self._children(element) if child.name == "pin"]
            pin_set.expires = expires
            pin_set.pins.extend(read_parts(pins, self._pin, self._notes, mend=self._mended))
            pin_set.is_broken = len(pin_set.pins) < len(pins)
        first = pin_set.digests()
        for pin, digest in pin_set.pins:
            if first[digest] is not pin:
                text = f"the <pin-set> lists this pin twice (first in line {first[digest].line})"
                self._note("duplicate-pin", pin, text, repair=[remove(pin)])
        return pin_set

    def _pin(self, element: Element) -> tuple[Element, bytes]:
        self._attributes(element)
        digest = element.attributes.get("digest")
        if digest is None or digest.lower() != "sha-256":
            found = "no digest" if digest is None else f"the digest {digest!r}"
            self._fail(element, f"<pin> has {found}, but needs 'SHA-256'; the app crashes")
        return element, read_digest(self._text(element), self._file, element.line)

    def _mended(self, element: Element) -> tuple[Splice, ...]:
        """Return the edits of a pin that crashes the app; empty if it is not certain which key is meant."""
        digest = element.attributes.get("digest", "")
        if len(element.runs) != 1 or re.sub("[^a-z0-9]", "", digest.lower()) not in {"", "sha256"}:
            return ()
        named = () if digest.lower() == "sha-256" else self._set(element, "digest", "SHA-256")
        written = "".join(element.runs).strip()
        meant = respelled(written, "bare base64")
        spelled = set_text(element, meant[0].new) if meant else ()
        is_sound = bool(spelled) or is_digest(written)
        return (*named, *spelled) if is_sound else ()
