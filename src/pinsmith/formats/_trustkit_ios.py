"""What TrustKit for Apple's platforms is told: a dictionary in a property list, in Swift or in Objective-C."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError
from pinsmith.formats._line import remark
from pinsmith.host import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pinsmith.formats._format import Entry, Export
    from pinsmith.syntax.plist import Plain

SWIZZLE: Final = "TSKSwizzleNetworkDelegates"
ANCHORS: Final = "TSKIgnorePinningForUserDefinedTrustAnchors"
"""On macOS true, unless it is said: chains of authorities that the user added are not compared. Ignored elsewhere."""
DOMAINS: Final = "TSKPinnedDomains"
HASHES: Final = "TSKPublicKeyHashes"
ENFORCE: Final = "TSKEnforcePinning"
INCLUDE: Final = "TSKIncludeSubdomains"
EXPIRES: Final = "TSKExpirationDate"
REPORTS: Final = "TSKReportUris"
NO_DEFAULT: Final = "TSKDisableDefaultReportUri"
EXCLUDE: Final = "kSKExcludeSubdomainFromParentPolicy"
"""As the library spells it; the header's name of the constant has another letter."""
EXCLUDE_MEANT: Final = "TSKExcludeSubdomainFromParentPolicy"
CALENDAR: Final = (
    "Days of expiry on iOS devices with another calendar than the Gregorian: with the Buddhist one nothing is pinned, "
    "with the Japanese one pins never end (TrustKit #322)."
)
ALGORITHMS: Final = frozenset({"RSA 2048", "RSA 3072", "RSA 4096", "EC P-256", "EC P-384"})
USUAL: Final[dict[str, Plain]] = {INCLUDE: False, ENFORCE: True}
_CONSTANTS: Final = {
    EXCLUDE: f"k{EXCLUDE_MEANT}",
    # The constant of `ANCHORS` is there on macOS alone.
    **{name: f"k{name}" for name in (SWIZZLE, DOMAINS, HASHES, ENFORCE, INCLUDE, EXPIRES, REPORTS, NO_DEFAULT)},
}
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
_STEP: Final = "    "


def registry(host: str) -> str | None:
    """
    Return the public suffix of a canonical host as TrustKit's registry of domains has it; None if there is none.

    Source:
        GetRegistryLength in TrustKit/Dependencies/domain_registry, which is an older public suffix list.
    """
    return _suffixes()(host)


@functools.cache
def _suffixes() -> functools.partial[str | None]:
    from publicsuffixlist import PublicSuffixList

    return functools.partial(PublicSuffixList(accept_unknown=False).publicsuffix)


def is_uri(text: str) -> bool:
    """Say whether ``[NSURL URLWithString:]`` takes a text; where it does not, the app crashes."""
    return _URI.fullmatch(text) is not None


def domain_problem(host: str, *, include_subdomains: bool) -> str | None:
    """Say why TrustKit would raise for a domain, or None."""
    suffix = registry(host)
    if suffix is None:
        return "it ends in no public suffix, and TrustKit would not start"
    if suffix == host and include_subdomains:
        return "it is a public suffix, and TrustKit would not start with its subdomains included"
    return None


def reaching(host: str, including: Iterable[str]) -> str | None:
    """
    Return the longest of the domains *including* subdomains whose pins TrustKit would apply to *host*.

    Source:
        https://github.com/datatheorem/TrustKit/pull/200, of 2019; before it, any of them.
    """
    wide = set(including)
    suffix = registry(host)
    return next((each for each in ancestors(host) if each in wide and registry(each) == suffix), None)


def domains(export: Export, format_id: str) -> dict[str, dict[str, Plain | None]]:
    """
    Return what is to be said of each host; None where a key must not stand.

    Raises:
        ExportRefusedError: TrustKit would raise at the start of the app.
    """
    reasons = []
    for entry in export.entries:
        if problem := domain_problem(entry.host, include_subdomains=entry.include_subdomains):
            reasons.append(f"{entry.host}: {problem}")
        reasons += [f"{entry.host}: {uri!r} is no URL to TrustKit" for uri in entry.report_uris if not is_uri(uri)]
    if reasons:
        raise ExportRefusedError(format_id, reasons)
    wide = [entry.host for entry in export.entries if entry.include_subdomains and not entry.exempt]
    # To exclude what no other domain reaches would be an exception, and changes nothing.
    return {
        entry.host: _domain(entry)
        for entry in export.entries
        if not entry.exempt or reaching(entry.host, wide) is not None
    }


def anchors(entries: Iterable[Entry]) -> dict[str, Plain]:
    """
    Return what keeps pins in force on macOS for authorities that the user added; nothing where all only report.

    TrustKit then refuses such chains whatever `ENFORCE` says, and who only reports breaks nobody.

    Source:
        ``-[TSKPinningValidator evaluateTrust:forHostname:]``.
    """
    return {ANCHORS: False} if any(not each.exempt and not each.report_only for each in entries) else {}


def _domain(entry: Entry) -> dict[str, Plain | None]:
    if entry.exempt:
        return {EXCLUDE: True}
    return {
        EXCLUDE: None,
        HASHES: [pin.base64 for pin in dict.fromkeys(key.pin for key in entry.keys)],
        INCLUDE: entry.include_subdomains,
        ENFORCE: not entry.report_only,
        EXPIRES: entry.expires.isoformat() if entry.expires else None,
        REPORTS: list(entry.report_uris) or None,
        NO_DEFAULT: True,
    }


def said(domain: Mapping[str, Plain | None]) -> dict[str, Plain]:
    """Return what stands in a domain that is new."""
    return {name: each for name, each in domain.items() if each is not None}


def literal(configuration: Mapping[str, Plain], source: str, syntax: str) -> str:
    """
    Write a source file with the dictionary.

    Args:
        configuration: As in a property list.

        source: The pin file.

        syntax: ``swift`` or ``objc``.
    """
    told = remark(source, "//")
    if syntax == "swift":
        body = "\n".join(_joined(_swift(configuration)))
        return f"{told}\nimport TrustKit\n\nlet pinnedTrustKitConfiguration: [String: Any] = {body}\n"
    body = f"\n{_STEP}".join(_joined(_objc(configuration)))
    head = f"{told}\n#import <TrustKit/TrustKit.h>\n\nstatic inline NSDictionary *PinnedTrustKitConfiguration(void) {{"
    return f"{head}\n{_STEP}return {body};\n}}\n"


def _joined(lines: Iterable[tuple[int, str]]) -> Iterator[str]:
    yield from (_STEP * depth + line for depth, line in lines)


def _swift(value: Plain) -> Iterator[tuple[int, str]]:
    if isinstance(value, str):
        yield 0, swift_text(value)
    elif isinstance(value, bool):
        yield 0, "true" if value else "false"
    elif isinstance(value, list):
        yield from _bracketed("[", "]", ((None, list(_swift(each))) for each in value))
    else:
        pairs = ((f"{_CONSTANTS.get(name) or swift_text(name)}: ", list(_swift(each))) for name, each in value.items())
        yield from _bracketed("[", "] as [String: Any]", pairs)


def _objc(value: Plain) -> Iterator[tuple[int, str]]:
    if isinstance(value, str):
        yield 0, objc_text(value)
    elif isinstance(value, bool):
        yield 0, "@YES" if value else "@NO"
    elif isinstance(value, list):
        yield from _bracketed("@[", "]", ((None, list(_objc(each))) for each in value))
    else:
        pairs = ((f"{_CONSTANTS.get(name) or objc_text(name)}: ", list(_objc(each))) for name, each in value.items())
        yield from _bracketed("@{", "}", pairs)


def _bracketed(
    start: str, end: str, items: Iterable[tuple[str | None, list[tuple[int, str]]]]
) -> Iterator[tuple[int, str]]:
    yield 0, start
    for name, lines in items:
        last = len(lines) - 1
        for number, (depth, line) in enumerate(lines):
            yield depth + 1, (name or "" if number == 0 else "") + line + ("," if number == last else "")
    yield 0, end


def swift_text(value: str) -> str:
    """Write a text literal of Swift."""
    return '"' + "".join(_swift_character(each) for each in value) + '"'


def _swift_character(each: str) -> str:
    if each in '"\\':
        return "\\" + each
    return each if each.isascii() and each.isprintable() else f"\\u{{{ord(each):X}}}"


def objc_text(value: str) -> str:
    """Write a text literal of Objective-C; characters beyond ASCII as bytes of UTF-8, no trigraph."""
    return '@"' + "".join(_objc_byte(each) for each in value.encode("utf-8", "replace")) + '"'


def _objc_byte(each: int) -> str:
    character = chr(each)
    if character in '"\\?':
        return "\\" + character
    return character if character.isascii() and character.isprintable() else f"\\{each:03o}"
