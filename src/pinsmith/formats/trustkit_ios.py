"""TrustKit for Apple's platforms: TSKConfiguration in an Info.plist, a list of its own, or a dictionary in code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.formats import _trustkit_ios as tsk
from pinsmith.formats._format import Can, Export, Format, OutputOption, Reading
from pinsmith.formats._guide import Addition
from pinsmith.formats._mark import require_own
from pinsmith.formats._plist import edits_of, with_comments
from pinsmith.formats._trustkit_ios_read import CONFIGURATION, configuration, read_configuration
from pinsmith.syntax.plist import members, read_plist, recognises

if TYPE_CHECKING:
    from pinsmith.syntax.plist import Node, Plain
    from pinsmith.syntax.plist_edit import PlistEdits

_SYNTAX: Final = "syntax"
_SWIZZLE: Final = "swizzle"
_ID: Final = "trustkit-ios"


def _read(content: bytes, file: str) -> Reading:
    plist = read_plist(content)
    reading = read_configuration(plist.root, file)
    return replace(reading, notes=tuple(with_comments(reading.notes, plist, tsk.HASHES, file)))


def _write(export: Export) -> str:
    wanted = tsk.domains(export, _ID)
    swizzle = export.options.get(_SWIZZLE)
    new: dict[str, Plain] = {
        tsk.SWIZZLE: swizzle == "yes",
        **tsk.anchors(export.entries),
        tsk.DOMAINS: {host: tsk.present(domain) for host, domain in wanted.items()},
    }
    if (syntax := export.options.get(_SYNTAX)) in {"swift", "objc"}:
        require_own(export.existing, export.name)
        return tsk.literal(new, export.source, str(syntax))
    editor = edits_of(export)
    node = configuration(editor.root)
    if node is None:
        editor.add(editor.root, CONFIGURATION, new, marked=CONFIGURATION)
        return editor.run()
    editor.put_comment(node)
    if swizzle:
        editor.merge(node, {tsk.SWIZZLE: swizzle == "yes"}, {})
    for name, value in tsk.anchors(export.entries).items():
        if name not in node.members:  # an existing value stays, and is noted on import
            editor.add(node, name, value)
    domains = editor.inner(node, tsk.DOMAINS, CONFIGURATION)
    if domains is None:
        editor.add(node, tsk.DOMAINS, new[tsk.DOMAINS])
    else:
        _merge(editor, domains, wanted)
    return editor.run()


def _merge(editor: PlistEdits, domains: Node, wanted: dict[str, dict[str, Plain | None]]) -> None:
    """Change the existing domains. TrustKit compares their names exactly."""
    missing = dict(wanted)
    for name, node in domains.members.items():
        domain = missing.get(name)
        if domain is None or node.kind != "dict":
            editor.drop(domains, name)
            continue
        del missing[name]
        held = members(node, name)
        if domain.get(tsk.EXCLUDE):  # it must be the only key
            domain = dict.fromkeys(held) | domain
        editor.merge(node, domain, tsk.USUAL)
    for host, domain in missing.items():
        editor.add(domains, host, tsk.present(domain))


def _recognises(text: str, name: str) -> bool:
    del name
    return recognises(text, tsk.DOMAINS)


FORMAT: Final = Format(
    id=_ID,
    title="TrustKit for iOS, macOS, tvOS and watchOS",
    spec="https://github.com/datatheorem/TrustKit/blob/master/TrustKit/public/TSKTrustKitConfig.h",
    suffixes=(".plist",),
    can=Can(
        subdomains="any-depth",
        exempts=True,
        exempts_below=False,
        expiry=True,
        report_only=True,
        report_uris=True,
        least_pins=2,
        algorithms=tsk.ALGORITHMS,
    ),
    platforms=("ios",),
    place="ios/App/Info.plist",
    additions=(Addition("Podfile", 'pod "TrustKit", "~> 3.0"'),),
    read=_read,
    write=_write,
    recognises=_recognises,
    options=(
        OutputOption(
            _SYNTAX,
            "a property list, or a source file of Swift or Objective-C, which pinsmith replaces as a whole",
            default="plist",
            choices=("plist", "swift", "objc"),
        ),
        OutputOption(
            _SWIZZLE,
            "whether TrustKit hooks the network delegates of the app; by default as in the existing file, or no",
            choices=("yes", "no"),
        ),
    ),
    remarks=(
        "The output is checked with plistlib and a second implementation of the documented exceptions, but not run.",
        "The frameworks of Apple do not run where pinsmith is tested.",
        "No reports go to the vendor of TrustKit, because `TSKDisableDefaultReportUri` is always set.",
        "Unless TrustKit hooks the delegates, the app must pass every authentication challenge to it.",
        "`TSKIgnorePinningForUserDefinedTrustAnchors` is off, so macOS also checks pins below authorities of the user.",
        "An existing value of it is kept, and `import` notes it if it is on. iOS ignores it.",
        "If any host is enforced, macOS also refuses mismatches below such authorities for report-only hosts.",
        tsk.CALENDAR,
        "Use TrustKit from June 2019 or later. Older versions apply the pins of any parent, not of the longest one.",
        "TrustKit searches from the authority down, and fails at the first key that it cannot hash, pinned or not.",
        "The property list editor of Xcode drops comments. `pinsmith sync` restores its own.",
        "Binary lists can be read but not edited. Convert them with `plutil -convert xml1`.",
    ),
    limits=(
        "TrustKit does not pin hosts that are spelled with capitals or a final dot.",
        "Hosts below another public suffix, such as s3.amazonaws.com below amazonaws.com, get no pins of a parent.",
    ),
)
