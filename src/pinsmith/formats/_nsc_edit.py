"""
Write pins into a network_security_config.xml and leave the rest of the file as it is.

Existing elements are found by host. The other settings of a domain-config stay in force. A host that must leave it, or
a new host that it governs, gets a configuration nested in it, which inherits these settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors import ExportRefusedError
from pinsmith.formats._loss import refusal
from pinsmith.formats._mark import MARK, mark
from pinsmith.host import ancestors
from pinsmith.syntax.xml import escape_attribute, escape_comment, escape_text
from pinsmith.syntax.xml_edit import XMLEdits

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from pinsmith.formats._format import Entry, Export
    from pinsmith.formats._nsc import Config, Domain, Nsc, PinSet
    from pinsmith.policy import Key
    from pinsmith.syntax.xml import Element
    from pinsmith.syntax.xml_edit import Block


class Editor:
    """One round of changes to one file."""

    single: bool = False
    """Whether a domain-config may hold one domain only."""

    def __init__(self, nsc: Nsc, export: Export, name: str) -> None:
        self._nsc = nsc
        self._name = name
        self._entries = {entry.host: entry for entry in export.entries}
        self._source = export.source
        self.texts = {key.pin.base64 for entry in export.entries for key in entry.keys}
        self.edits = XMLEdits(nsc.document, mark=MARK)
        self._blocks: dict[Element, list[Block]] = {}
        self._pinned: dict[Config, Hashable] = {}
        self._remarks = dict(self._comments())

    def run(self) -> str:
        """Return the changed text."""
        self._mark()
        for config in self._nsc.configs:
            self._config(config)
        for host, entry in self._entries.items():
            if host not in self._nsc.by_text:
                governing = self._nsc.covering(host)
                self._add(governing[1] if governing else None, self.block(entry, host, entry.include_subdomains))
        for element, blocks in self._blocks.items():
            self.edits.append(element, blocks)
        return self.edits.result()

    # Methods that trustkit-android overrides.

    def key(self, entry: Entry | None) -> Hashable:
        """Return a value that is equal for equal pinning; None if nothing is pinned."""
        if entry is None or entry.exempt:
            return None
        return frozenset(key.pin.digest for key in entry.keys), entry.expires

    def current(self, config: Config) -> Hashable:
        """Return the same value for a configuration of the file."""
        pins = config.effective()
        return None if pins is None else (frozenset(pins.digests()), pins.expires)

    def keeps(self, element: Element) -> bool:
        """Say whether a pin element with a wanted digest can stay."""
        del element
        return True

    def more(self, entry: Entry | None) -> Block:
        """Return the lines of a new domain-config besides domain and pins."""
        del entry
        return ()

    def change_more(self, config: Config, entry: Entry | None) -> None:
        """Change these lines in an existing domain-config."""

    # The rest is shared.

    def _mark(self) -> None:
        own = f"<!-- {escape_comment(mark(self._source))} -->"
        root = self._nsc.document.root
        for comment in self._nsc.document.comments:
            if MARK in comment.text:
                if f"<!--{comment.text}-->" != own:
                    self.edits.splice(comment.start, comment.end, own)
                return
        if root.close == root.end:
            self._blocks[root] = [((0, own),)]
        else:
            self.edits.prepend(root, own)

    def _wanted(self, domain: Domain) -> Entry | None:
        """Return the entry that covers a domain of the file, as in `pinsmith.policy.Policy.find`."""
        own = self._entries.get(domain.text)
        if own is not None:
            return own
        entries = (self._entries.get(parent) for parent in ancestors(domain.text))
        return next((entry for entry in entries if entry is not None and entry.include_subdomains), None)

    def _covered(self, domain: Domain) -> bool:
        return self._wanted(domain) is not None or self._nsc.covering(domain.text) is not None

    def _config(self, config: Config) -> None:
        current = self.current(config)
        self._pinned[config] = current
        domains = [domain for domain in config.domains if domain.host is not None]
        if not domains:
            return  # it governs no connection
        keys = [self.key(self._wanted(domain)) for domain in domains]
        stays = current if current in keys else next((key for key in keys if key is not None), None)
        staying = [domain for domain, key in zip(domains, keys, strict=True) if key == stays]
        if self.single:
            staying = staying[:1]
        gone = stays is None and self._is_idle(config, staying)
        for domain in domains:
            if domain in staying:
                continue
            if not gone:
                self.edits.remove(domain.element)
            entry = self._wanted(domain)
            if config.inherits_settings() or self._covered(domain):
                self._add(config, self.block(entry, domain.text, self._includes(domain)))
        if gone:
            self.edits.remove(config.element)
            return
        self._pin(config, self._wanted(staying[0]))
        for domain in staying:
            self._subdomains(config, domain)

    def _is_idle(self, config: Config, domains: Iterable[Domain]) -> bool:
        """Say whether a configuration only pins hosts that are not pinned any more."""
        if config.inherits_settings() or config.children or config.pin_set is None:
            return False
        strangers = any(domain.host is None for domain in config.domains)
        return not strangers and not any(self._covered(domain) for domain in domains)

    def _pin(self, config: Config, entry: Entry | None) -> None:
        wanted = self.key(entry)
        inherited = self._pinned[config.parent] if config.parent is not None else None
        self._pinned[config] = wanted
        own = config.pin_set
        if own is not None:
            if wanted is None and inherited is None and not (entry is not None and entry.exempt):
                if own.pins:
                    self.edits.remove(own.element)
            elif self.key(entry) != self.current(config) or own.expires != (entry.expires if entry else None):
                self._change_pins(own, entry)
        elif wanted != inherited:
            self.add_to(config.element, self._pin_set(entry))
        self.change_more(config, entry)

    def _change_pins(self, pin_set: PinSet, entry: Entry | None) -> None:
        keys = {key.pin.digest: key for key in entry.keys} if entry is not None else {}
        kept = set()
        for element, digest in pin_set.pins:
            if digest in keys and self.keeps(element):
                kept.add(digest)
            else:
                self.edits.remove(element)
        expires = entry.expires if entry is not None else None
        if expires != pin_set.expires:
            self.edits.set_attribute(pin_set.element, "expiration", expires.isoformat() if expires else None)
        missing: list[Block] = [((0, self._pin_of(key)),) for digest, key in keys.items() if digest not in kept]
        if missing:
            self._blocks[pin_set.element] = missing

    def _includes(self, domain: Domain) -> bool:
        entry = self._entries.get(domain.text)
        return domain.include_subdomains if entry is None else entry.include_subdomains

    def _subdomains(self, config: Config, domain: Domain) -> None:
        includes = self._includes(domain)
        if includes == domain.include_subdomains:
            return
        if config.inherits_settings():
            self._refuse_subdomains(config, domain)
        self.edits.set_attribute(domain.element, "includeSubdomains", "true" if includes else "false")

    def _refuse_subdomains(self, config: Config, domain: Domain) -> None:
        where = f"its <domain-config> in line {config.element.line}"
        verb = "includes" if domain.include_subdomains else "does not include"
        raise ExportRefusedError(
            self._name,
            [
                refusal(
                    domain.text,
                    f"{where} {verb} subdomains, unlike the pin file; a change would affect their other settings too",
                )
            ],
            hint="set include-subdomains in the pin file to the same value, or edit that file by hand",
        )

    def _add(self, config: Config | None, block: Block) -> None:
        """Put a new configuration where it inherits the settings that do not concern pins."""
        while config is not None and not config.has_settings:
            config = config.parent
        home = self._nsc.document.root if config is None else config.element
        self.add_to(home, block)

    def add_to(self, element: Element, block: Block) -> None:
        """Put a block at the end of an element."""
        self._blocks.setdefault(element, []).append(block)

    def block(self, entry: Entry | None, host: str, includes: bool) -> Block:  # noqa: FBT001 - as in the XML
        """Return a whole domain-config."""
        value = "true" if includes else "false"
        lines = (
            (0, f'<domain includeSubdomains="{value}">{escape_text(host)}</domain>'),
            *self._pin_set(entry),
            *self.more(entry),
        )
        return (0, "<domain-config>"), *((depth + 1, line) for depth, line in lines), (0, "</domain-config>")

    def _pin_set(self, entry: Entry | None) -> Block:
        if entry is None or entry.exempt:
            return ((0, "<pin-set />"),)
        day = f' expiration="{escape_attribute(entry.expires.isoformat())}"' if entry.expires else ""
        pins = ((1, self._pin_of(key)) for key in entry.keys)
        return (0, f"<pin-set{day}>"), *pins, (0, "</pin-set>")

    def _pin_of(self, key: Key) -> str:
        """Return a pin with the comment that the file has for it, or else with the name of its key."""
        remark = self._remarks.get(key.pin.digest) or f"<!-- {escape_comment(key.name)} -->"
        return f'<pin digest="SHA-256">{escape_text(key.pin.base64)}</pin> {remark}'

    def _comments(self) -> Iterator[tuple[bytes, str]]:
        """Yield the comments that the file has for pins."""
        for config in self._nsc.configs:
            for element, digest in config.pin_set.pins if config.pin_set is not None else ():
                above, behind = self.edits.comments_of(element)
                if above or behind:
                    yield digest, " ".join(f"<!--{comment.text}-->" for comment in (*above, *behind))
