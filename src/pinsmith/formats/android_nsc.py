"""Android: pin-sets in a network_security_config.xml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.formats._algorithms import ANDROID
from pinsmith.formats._format import Can, Export, Format, Found, FoundPin, Reading
from pinsmith.formats._guide import Addition
from pinsmith.formats._nsc import ROOT
from pinsmith.formats._nsc_edit import Editor
from pinsmith.formats._nsc_read import read_nsc
from pinsmith.formats._nsc_write import edit
from pinsmith.formats._text import accept_pin, decode
from pinsmith.pin import Pin
from pinsmith.syntax.xml import require_encoding
from pinsmith.syntax.xml_splice import remove, set_text

if TYPE_CHECKING:
    from pinsmith.formats._note import Notes
    from pinsmith.formats._nsc import Config, Domain, Nsc, PinSet

_PIN: Final = re.compile(r"""<pin\s+digest\s*=\s*["']SHA-256["']""", re.IGNORECASE)


def _read(content: bytes, file: str) -> Reading:
    nsc = read_nsc(decode(content, file), file)
    require_encoding(nsc.document.encoding, content)
    notes = nsc.notes
    hosts = [
        found
        for config in nsc.configs
        for domain in config.domains
        if (found := found_host(nsc, config, domain, notes)) is not None
    ]
    for config in nsc.configs:
        if config.trustkit is not None:
            text, fix = "TrustKit is also configured in this file", "to import that, use --from trustkit-android"
            notes.add("pins-elsewhere", text, config.trustkit.position, fix=fix)
    return Reading(tuple(hosts), notes=tuple(notes))


def found_host(nsc: Nsc, config: Config, domain: Domain, notes: Notes) -> Found | None:
    """
    Return how Android pins a domain; None if it does not and no parent does.

    A host whose pins could not be read has no pins and is not exempt.
    """
    if domain.host is None:
        return None
    line = domain.element.line
    pins = config.effective()
    if pins is not None:
        return Found(
            domain.host,
            read_pins(nsc, pins, notes),
            domain.include_subdomains,
            pins.expires,
            line=line,
            overriding=nsc.overriding_in(config),
        )
    above = nsc.covering(domain.host)
    exempts = above is not None and above[1].effective() is not None
    if config.pin_set is None and not exempts:
        return None
    reason = "an empty <pin-set>" if config.pin_set is not None else "a <domain-config> without pins"
    parent = f", not even with the pins of {above[0].text}" if above is not None and exempts else ""
    text = f'{domain.host} has {reason}, so Android does not pin it{parent}; its mode becomes "off"'
    notes.add("no-pins", text, domain.element.position)
    return Found(domain.host, (), domain.include_subdomains, exempt=True, line=line)


def read_pins(nsc: Nsc, pins: PinSet, notes: Notes) -> tuple[FoundPin, ...]:
    """Read the pins in force. A spelling that is not canonical is noted, and a placeholder is a problem."""
    found = []
    lines = pins.lines()
    before = len(notes)
    for digest, element in pins.digests().items():
        pin = accept_pin(Pin(digest), element.position, notes)
        if pin is None:
            continue
        found.append(FoundPin(pin, remark=nsc.remark(element, lines)))
        if "".join(element.runs).strip() != pin.base64:
            text = f"the pin {pin.base64} has another spelling in the file, which Android accepts"
            notes.add("odd-pin-spelling", text, element.position, repair=set_text(element, pin.base64))
    if found and all(config.trustkit is None for config in nsc.configs):  # TrustKit counts pins, and needs two
        notes.remove_bad(before, {element.position: remove(element) for element, _ in pins.pins})
    return tuple(found)


def _write(export: Export) -> str:
    return edit(export, Editor, _read, "android-nsc")


def without_comments(text: str) -> str:
    """Remove XML comments, roughly but in linear time."""
    first, *rest = text.split("<!--")
    return first + "".join(part.partition("-->")[2] for part in rest)


def _recognises(text: str, name: str) -> bool:
    del name
    plain = without_comments(text)
    is_part = plain.lstrip().startswith("<") and _PIN.search(plain) is not None  # copied without what belongs around it
    return (f"<{ROOT}" in plain or is_part) and "<trustkit-config" not in plain


FORMAT: Final = Format(
    id="android-nsc",
    title="Android network security configuration",
    spec="https://developer.android.com/privacy-and-security/security-config",
    suffixes=(".xml",),
    can=Can(addresses=True, subdomains="any-depth", exempts=True, expiry=True, algorithms=ANDROID),
    platforms=("android", "react-native", "cordova-capacitor", "low-code"),
    place="app/src/main/res/xml/network_security_config.xml",
    additions=(
        Addition(
            "app/src/main/AndroidManifest.xml",
            """
<application android:networkSecurityConfig="@xml/network_security_config">
""",
        ),
    ),
    read=_read,
    write=_write,
    recognises=_recognises,
    remarks=(
        "The manifest must name the file: `android:networkSecurityConfig` of `<application>`.",
        "Pins expire at midnight in the time zone of the device, not in UTC.",
        (
            "With this file, Android ignores `android:usesCleartextTraffic`. A debug build that loads code from a "
            "development server over plain HTTP needs a file of its own that permits it."
        ),
    ),
    limits=(
        "Only connections that use the trust manager of the platform are pinned. Those of Flutter are not.",
        "A debuggable build accepts chains that end in an anchor of `<debug-overrides>` without a pinned key.",
    ),
)
