"""TrustKit for Android: pin-sets in a network_security_config.xml, each with a trustkit-config beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError
from pinsmith.formats._algorithms import ANDROID
from pinsmith.formats._format import Can, Export, Format, Found, Reading
from pinsmith.formats._guide import Addition
from pinsmith.formats._loss import refusal
from pinsmith.formats._nsc import ROOT
from pinsmith.formats._nsc_edit import Editor
from pinsmith.formats._nsc_read import read_nsc
from pinsmith.formats._nsc_write import edit
from pinsmith.formats._text import decode, read_parts
from pinsmith.formats._trustkit_rules import (
    host_problem,
    mended,
    require_debug_overrides,
    require_trustkit,
    uri_problem,
)
from pinsmith.formats.android_nsc import found_host, without_comments
from pinsmith.pinfile._spelling import url_problem
from pinsmith.syntax.xml import escape_text, require_encoding
from pinsmith.syntax.xml_splice import set_attribute

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from pinsmith.formats._format import Entry
    from pinsmith.formats._note import Notes
    from pinsmith.formats._nsc import Config
    from pinsmith.syntax.xml import Element
    from pinsmith.syntax.xml_edit import Block


@dataclass(frozen=True, slots=True)
class _Settings:
    """The settings of the nearest trustkit-config."""

    enforces: bool = False
    uris: tuple[str, ...] = ()


def _settings(config: Config) -> _Settings:
    above: Config | None = config
    while above is not None:
        if above.trustkit is not None:
            enforces = above.trustkit.attributes.get("enforcePinning", "")
            return _Settings(enforces.strip().lower() == "true", tuple(dict.fromkeys(_uris(above.trustkit))))
        above = above.parent
    return _Settings()


def _uris(trustkit: Element) -> dict[str, Element]:
    return {"".join(child.runs).strip(): child for child in trustkit.children if child.name == "report-uri"}


def _sound(uris: Iterable[str]) -> tuple[str, ...]:
    """Leave out addresses that a policy cannot hold. `require_trustkit` has noted them."""
    return tuple(uri for uri in uris if url_problem(uri) is None)


def _reports_home(config: Config) -> bool:
    above: Config | None = config
    while above is not None:
        value = above.trustkit.attributes.get("disableDefaultReportUri") if above.trustkit is not None else None
        if value is not None:
            return value.strip().lower() != "true"
        above = above.parent
    return True


def _read(content: bytes, file: str) -> Reading:
    nsc = read_nsc(decode(content, file), file)
    require_encoding(nsc.document.encoding, content)
    notes = nsc.notes
    require_debug_overrides(nsc.document.root, file)
    hosts = []

    def check(config: Config) -> Config:
        require_trustkit(config, file, notes, enforces=_settings(config).enforces)
        return config

    for config in read_parts(nsc.configs, check, notes, mend=partial(mended, nsc.document.text)):
        settings = _settings(config)
        if config.trustkit is not None and settings.enforces and config.stated_pin_set() is None:
            names = ", ".join(domain.text for domain in config.domains)
            text = f"enforcePinning is on for {names}, but there is no <pin-set>, so TrustKit pins nothing"
            notes.add("no-pins", text, config.trustkit.position, fix="add a <pin-set>, or remove <trustkit-config>")
        for domain in config.domains:
            found = found_host(nsc, config, domain, notes)
            if found is None:
                continue
            if not found.exempt and domain is config.domains[-1]:
                found = replace(found, report_only=not settings.enforces, report_uris=_sound(settings.uris))
                _note(config, found, notes, nsc.document.text)
            hosts.append(found)
    return Reading(tuple(hosts), notes=tuple(notes))


def _note(config: Config, found: Found, notes: Notes, document: str) -> None:
    if found.report_only:
        text = f"TrustKit only reports mismatches of {found.host}, but Android refuses them on other connections"
        notes.add("platforms-differ", text, found.line)
    if _reports_home(config):
        text = f"reports about {found.host} also go to the vendor of TrustKit"
        own = [config.trustkit] if config.trustkit is not None else []
        repair = [set_attribute(document, element, "disableDefaultReportUri", "true") for element in own]
        notes.add("third-party-reports", text, found.line, fix='write disableDefaultReportUri="true"', repair=repair)


class _Editor(Editor):
    single = True

    def key(self, entry: Entry | None) -> Hashable:
        pins = super().key(entry)
        return None if pins is None or entry is None else (pins, not entry.report_only, frozenset(entry.report_uris))

    def current(self, config: Config) -> Hashable:
        pins = config.effective()
        if pins is None:
            return None
        settings = _settings(config)
        exact = all(self.keeps(element) for element, _ in pins.pins)
        return super().current(config) if exact else None, settings.enforces, frozenset(settings.uris)

    def keeps(self, element: Element) -> bool:
        # TrustKit compares the texts. A different text never matches, even if it decodes to the same bytes.
        return element.attributes["digest"] == "SHA-256" and "".join(element.runs).strip() in self.texts

    def more(self, entry: Entry | None) -> Block:
        enforces, uris = _wanted(entry)
        head = f'<trustkit-config enforcePinning="{"true" if enforces else "false"}" disableDefaultReportUri="true"'
        if not uris:
            return ((0, f"{head} />"),)
        return (0, f"{head}>"), *((1, _uri(uri)) for uri in uris), (0, "</trustkit-config>")

    def change_more(self, config: Config, entry: Entry | None) -> None:
        enforces, uris = _wanted(entry)
        current = _settings(config)
        if current.enforces == enforces and set(current.uris) == set(uris):
            return
        if config.trustkit is None:
            if entry is not None or current.enforces:
                self.add_to(config.element, self.more(entry))
            return
        if current.enforces != enforces:
            self.edits.set_attribute(config.trustkit, "enforcePinning", "true" if enforces else "false")
        for uri, element in _uris(config.trustkit).items():
            if uri not in uris:
                self.edits.remove(element)
        for uri in uris:
            if uri not in current.uris:
                self.add_to(config.trustkit, ((0, _uri(uri)),))


def _wanted(entry: Entry | None) -> tuple[bool, tuple[str, ...]]:
    if entry is None or entry.exempt:
        return False, ()
    return not entry.report_only, entry.report_uris


def _uri(uri: str) -> str:
    return f"<report-uri>{escape_text(uri)}</report-uri>"


def _write(export: Export) -> str:
    refused = []
    for entry in export.entries:
        problems = (host_problem(entry.host), *(uri_problem(uri) for uri in entry.report_uris))
        refused += [refusal(entry.host, problem) for problem in problems if problem]
    if refused:
        raise ExportRefusedError("trustkit-android", refused)
    return edit(export, _Editor, _read, "trustkit-android")


def _recognises(text: str, name: str) -> bool:
    del name
    plain = without_comments(text)
    return f"<{ROOT}" in plain and "<trustkit-config" in plain


FORMAT: Final = Format(
    id="trustkit-android",
    title="TrustKit for Android",
    spec="https://github.com/datatheorem/TrustKit-Android/blob/master/docs/getting-started.md",
    suffixes=(".xml",),
    can=Can(
        subdomains="any-depth",
        exempts=True,
        expiry=True,
        report_only=True,
        report_uris=True,
        least_pins=2,
        algorithms=ANDROID,
    ),
    platforms=("android",),
    place="app/src/main/res/xml/network_security_config.xml",
    additions=(
        Addition(
            "app/src/main/AndroidManifest.xml",
            """
<application android:networkSecurityConfig="@xml/network_security_config">
""",
        ),
        Addition("app/build.gradle.kts", 'implementation("com.datatheorem.android.trustkit:trustkit:1.1.5")'),
        Addition("Application.onCreate", "TrustKit.initializeWithNetworkSecurityConfiguration(this)"),
    ),
    read=_read,
    write=_write,
    recognises=_recognises,
    remarks=(
        "Report-only applies to connections that use the socket factory or the interceptor of TrustKit.",
        "Android 7 and later enforce the same pins for all other connections.",
        "Pins expire at midnight in the time zone of the device, not in UTC.",
        "TrustKit refuses to start if the top-level domain of a host is not in its list, such as `localhost`.",
    ),
)
