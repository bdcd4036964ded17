"""
The settings that TrustKit for Android refuses and Android accepts. The app then crashes at its start.

Source:
    Version 1.1.5, TrustKitConfigurationParser, DomainPinningPolicy and DomainValidator:
    https://github.com/datatheorem/TrustKit-Android/tree/master/trustkit/src/main/java/com/datatheorem/android/trustkit/config
"""

from __future__ import annotations

import base64
import functools
import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats._text import read_report_uri
from pinsmith.syntax.xml_splice import set_attribute, set_text

if TYPE_CHECKING:
    from datetime import date

    from publicsuffixlist import PublicSuffixList

    from pinsmith.formats._note import Notes
    from pinsmith.formats._nsc import Config
    from pinsmith.syntax.edit import Splice
    from pinsmith.syntax.xml import Element

_LABEL: Final = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"(?:{_LABEL}\.)+([a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?)")
_LEAST_PINS: Final = 2
_URI: Final = re.compile(r"https?:", re.IGNORECASE)


def host_problem(host: str) -> str | None:
    """Return the reason why TrustKit would refuse the canonical *host*, or None."""
    found = _HOST.fullmatch(host)
    if found is None:
        return "TrustKit takes names of at least two labels, with letters, digits and hyphens"
    if not _is_top_level(found[1]):
        return f"TrustKit does not know the top-level domain {found[1]!r}"
    return None


def uri_problem(uri: str) -> str | None:
    """Return the reason why TrustKit could not report to *uri*, or None."""
    return None if _URI.match(uri) else f"TrustKit cannot report to {uri!r}, which is not an https URL"


def _is_top_level(label: str) -> bool:
    # TrustKit has a list of its own. It cannot know a domain that is in no list.
    return label == "arpa" or _suffixes().publicsuffix(f"a.{label}") is not None


@functools.cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False)


def require_trustkit(config: Config, file: str, notes: Notes, *, enforces: bool) -> None:
    """
    Refuse a domain-config that TrustKit refuses, and note the settings that it reads differently from Android.

    Raises:
        FormatError: if the app would crash.
    """
    pin_set = config.stated_pin_set()
    if pin_set is None:
        return  # TrustKit ignores it
    _require_domain(config, file, notes)
    texts = set()
    for element, digest_bytes in pin_set.pins:
        digest, text = element.attributes["digest"], "".join(element.runs)
        if digest != "SHA-256":
            raise _crash(f"the digest is {digest!r}, but must be 'SHA-256'", file, element)
        texts.add(text)
        if text.strip() != (written := base64.b64encode(digest_bytes).decode()):
            problem = f"TrustKit compares the text {text.strip()!r}, which is not how it writes the pin of a key"
            notes.add("pin-never-matches", problem, element.position, fix=f"write {written}")
    if enforces and len(texts) < _LEAST_PINS:
        problem = f"{config.domains[-1].text} has {len(texts)} of the {_LEAST_PINS} pins that TrustKit needs"
        raise _crash(problem, file, pin_set.element)
    if pin_set.expires is None and config.parent is not None and (above := _expires_above(config.parent)):
        text = f"in TrustKit these pins also expire on {above}, which it takes from an outer <pin-set>"
        notes.add("platforms-differ", text, pin_set.element.position)
    for child in config.trustkit.children if config.trustkit is not None else ():
        if child.name != "report-uri":
            continue
        uri = "".join(child.runs).strip()
        if wrong := uri_problem(uri):
            notes.add("app-crashes", f"{wrong}; the app crashes, and the address is left out", child.position)
        else:
            read_report_uri(uri, child.position, notes)


def mended(text: str, config: Config) -> list[Splice]:
    """
    Return the edits of a domain-config that TrustKit refuses; empty if it is not certain what was meant.

    Args:
        text: The document.

        config: What `require_trustkit` has refused.
    """
    pin_set, last = config.stated_pin_set(), config.domains[-1]
    splices: list[Splice] = []
    if "".join(last.element.runs).strip() != "".join(last.element.runs):
        splices += set_text(last.element, last.text)
    if pin_set is None or host_problem(last.text):
        return []
    wrong = [element for element, _ in pin_set.pins if element.attributes["digest"] != "SHA-256"]
    return [*splices, *(set_attribute(text, element, "digest", "SHA-256") for element in wrong)]


def require_debug_overrides(root: Element, file: str) -> None:
    """
    Refuse debug-overrides without trust-anchors.

    Raises:
        FormatError: if there are any. TrustKit would read until the next trust-anchors, or for ever.
    """
    for child in root.children:
        if child.name == "debug-overrides" and all(part.name != "trust-anchors" for part in child.children):
            problem = "<debug-overrides> has no <trust-anchors>, so TrustKit searches the rest of the file for them"
            raise FormatError(f"{problem}; the app hangs", file=file, line=child.line, column=child.column)


def _require_domain(config: Config, file: str, notes: Notes) -> None:
    *others, last = config.domains
    alone = "TrustKit reads only the last <domain> of a <domain-config>, so only Android pins {}"
    for domain in others:
        notes.add("platforms-differ", alone.format(domain.text), domain.element.position)
    written = "".join(last.element.runs)
    problem = "it has blanks around it, which TrustKit does not remove" if written.strip() != written else None
    problem = problem or host_problem(last.text)
    if problem:
        raise _crash(f"the domain {written.strip()!r}: {problem}", file, last.element)
    if written != last.text:
        text = f"TrustKit compares upper and lower case, so {written!r} never matches"
        notes.add("host-never-matches", text, last.element.position, repair=set_text(last.element, last.text))
    if not last.include_subdomains and "includeSubdomains" not in last.element.attributes:
        parent = config.parent
        while parent is not None and "includeSubdomains" not in parent.domains[-1].element.attributes:
            parent = parent.parent
        if parent is not None and parent.domains[-1].include_subdomains:
            text = (
                f"TrustKit includes subdomains of {last.text}, because it includes those of {parent.domains[-1].text}"
            )
            notes.add("platforms-differ", text, last.element.position)


def _expires_above(config: Config | None) -> date | None:
    while config is not None:
        if config.pin_set is not None and config.pin_set.expires is not None:
            return config.pin_set.expires
        config = config.parent
    return None


def _crash(problem: str, file: str, element: Element) -> FormatError:
    return FormatError(f"{problem}; the app crashes", file=file, line=element.line, column=element.column)
