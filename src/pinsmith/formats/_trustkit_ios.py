"""The configuration of TrustKit for Apple's platforms: a dictionary in a property list, Swift or Objective-C."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError
from pinsmith.formats._line import remark
from pinsmith.formats._loss import refusal
from pinsmith.host import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pinsmith.formats._format import Entry, Export
    from pinsmith.syntax.plist import Plain

SWIZZLE: Final = "TSKSwizzleNetworkDelegates"
ANCHORS: Final = "TSKIgnorePinningForUserDefinedTrustAnchors"
"""True on macOS if absent: chains of authorities that the user added are not compared. Ignored elsewhere."""
DOMAINS: Final = "TSKPinnedDomains"
HASHES: Final = "TSKPublicKeyHashes"
ENFORCE: Final = "TSKEnforcePinning"
INCLUDE: Final = "TSKIncludeSubdomains"
EXPIRES: Final = "TSKExpirationDate"
REPORTS: Final = "TSKReportUris"
NO_DEFAULT: Final = "TSKDisableDefaultReportUri"
EXCLUDE: Final = "kSKExcludeSubdomainFromParentPolicy"
"""The name that the library reads. The name of its constant has a T after the k."""
EXCLUDE_MEANT: Final = "TSKExcludeSubdomainFromParentPolicy"
CALENDAR: Final = (
    "Expiry dates fail on iOS devices whose calendar is not the Gregorian one: with the Buddhist calendar nothing is "
    "pinned, with the Japanese calendar pins never expire (TrustKit #322)."
)
ALGORITHMS: Final = frozenset({"RSA 2048", "RSA 3072", "RSA 4096", "EC P-256", "EC P-384"})
USUAL: Final[dict[str, Plain]] = {INCLUDE: False, ENFORCE: True}
_CONSTANTS: Final = {
    EXCLUDE: f"k{EXCLUDE_MEANT}",
    # The constant of `ANCHORS` exists only on macOS.
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
    """Say whether ``[NSURL URLWithString:]`` accepts a text. Otherwise the app crashes."""
    return _URI.fullmatch(text) is not None


def domain_problem(host: str, *, include_subdomains: bool) -> str | None:
    """Return the reason why TrustKit would raise an exception for a domain, or None."""
    suffix = registry(host)
    if suffix is None:
        return "it does not end with a public suffix, so TrustKit would not start"
    if suffix == host and include_subdomains:
        return "it is a public suffix, so TrustKit would not start with its subdomains included"
    return None


def reaching(host: str, including: Iterable[str]) -> str | None:
    """
    Return the longest of the domains *including* subdomains whose pins TrustKit would apply to *host*.

    Source:
        https://github.com/datatheorem/TrustKit/pull/200, of 2019; before it, any of them.
    """
    wide = set(including)
    suffix = registry(host)
    return next((parent for parent in ancestors(host) if parent in wide and registry(parent) == suffix), None)


def domains(export: Export, format_id: str) -> dict[str, dict[str, Plain | None]]:
    """
    Return the settings of every host, with None for keys that must be absent.

    Raises:
        ExportRefusedError: if TrustKit would raise an exception when the app starts.
    """
    reasons = []
    for entry in export.entries:
        if problem := domain_problem(entry.host, include_subdomains=entry.include_subdomains):
            reasons.append(refusal(entry.host, problem))
        reasons += [
            refusal(entry.host, f"TrustKit does not accept {uri!r} as a URL")
            for uri in entry.report_uris
            if not is_uri(uri)
        ]
    if reasons:
        raise ExportRefusedError(format_id, reasons)
    wide = [entry.host for entry in export.entries if entry.include_subdomains and not entry.exempt]
    # TrustKit raises an exception for an exclusion that no other domain reaches. It would change nothing.
    return {
        entry.host: _domain(entry)
        for entry in export.entries
        if not entry.exempt or reaching(entry.host, wide) is not None
    }


def anchors(entries: Iterable[Entry]) -> dict[str, Plain]:
    """
    Return the setting that keeps pins in force on macOS for authorities of the user; none if all are report-only.

    TrustKit then refuses such chains whatever `ENFORCE` says, but report-only hosts must not be refused.

    Source:
        ``-[TSKPinningValidator evaluateTrust:forHostname:]``.
    """
    return {ANCHORS: False} if any(not entry.exempt and not entry.report_only for entry in entries) else {}


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


def present(domain: Mapping[str, Plain | None]) -> dict[str, Plain]:
    """Return the settings of a new domain."""
    return {name: value for name, value in domain.items() if value is not None}


def literal(configuration: Mapping[str, Plain], source: str, syntax: str) -> str:
    """
    Write a source file with the dictionary.

    Args:
        configuration: The dictionary, as in a property list.

        source: The name of the pin file.

        syntax: ``swift`` or ``objc``.
    """
    head = remark(source, "//")
    if syntax == "swift":
        body = "\n".join(_joined(_swift(configuration)))
        return f"{head}\nimport TrustKit\n\nlet pinnedTrustKitConfiguration: [String: Any] = {body}\n"
    body = f"\n{_STEP}".join(_joined(_objc(configuration)))
    head += "\n#import <TrustKit/TrustKit.h>\n\nstatic inline NSDictionary *PinnedTrustKitConfiguration(void) {"
    return f"{head}\n{_STEP}return {body};\n}}\n"


def _joined(lines: Iterable[tuple[int, str]]) -> Iterator[str]:
    yield from (_STEP * depth + line for depth, line in lines)


def _swift(value: Plain) -> Iterator[tuple[int, str]]:
    if isinstance(value, str):
        yield 0, swift_text(value)
    elif isinstance(value, bool):
        yield 0, "true" if value else "false"
    elif isinstance(value, list):
        yield from _bracketed("[", "]", ((None, list(_swift(item))) for item in value))
    else:
        pairs = ((f"{_CONSTANTS.get(name) or swift_text(name)}: ", list(_swift(item))) for name, item in value.items())
        yield from _bracketed("[", "] as [String: Any]", pairs)


def _objc(value: Plain) -> Iterator[tuple[int, str]]:
    if isinstance(value, str):
        yield 0, objc_text(value)
    elif isinstance(value, bool):
        yield 0, "@YES" if value else "@NO"
    elif isinstance(value, list):
        yield from _bracketed("@[", "]", ((None, list(_objc(item))) for item in value))
    else:
        pairs = ((f"{_CONSTANTS.get(name) or objc_text(name)}: ", list(_objc(item))) for name, item in value.items())
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
    """Write a string literal of Swift."""
    return '"' + "".join(_swift_character(character) for character in value) + '"'


def _swift_character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isascii() and character.isprintable() else f"\\u{{{ord(character):X}}}"


def objc_text(value: str) -> str:
    """Write a string literal of Objective-C: characters beyond ASCII as bytes of UTF-8, and no trigraph."""
    return '@"' + "".join(_objc_byte(byte) for byte in value.encode("utf-8", "replace")) + '"'


def _objc_byte(byte: int) -> str:
    character = chr(byte)
    if character in '"\\?':
        return "\\" + character
    return character if character.isascii() and character.isprintable() else f"\\{byte:03o}"
