"""Pins in Swift: TrustKit, Alamofire, and maps of hosts, in the ways in which applications write them."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from pinsmith import audit
from pinsmith.errors import UnknownFormatError
from tests.audit.read import hosts, notes
from tests.formats.policy import pin

A, B, C = pin("a").base64, pin("b").base64, pin("c").base64
TRUSTKIT: Final = f"""
import TrustKit

private let backup = "{B}"

enum Pins {{
    static let shared = ["{C}", backup]
}}

func start() {{
    let domain: [String: Any] = [
        kTSKPublicKeyHashes: Pins.shared,
        kTSKDisableDefaultReportUri: true,
        kTSKEnforcePinning: false,
        kTSKReportUris: ["https://reports.example.net/pins"],
    ]
    let configuration = [
        kTSKSwizzleNetworkDelegates: false,
        kTSKPinnedDomains: [
            "example.com": [
                kTSKIncludeSubdomains: true,
                kTSKExpirationDate: "2031-05-01",
                kTSKDisableDefaultReportUri: true,
                kTSKPublicKeyHashes: [
                    "{A}", // the leaf
                    backup,
                ],
            ],
            "open.example.com": [kTSKExcludeSubdomainFromParentPolicy: true],
            "api.example.org": domain,
        ] as [String: Any],
    ] as [String: Any]
    TrustKit.initSharedInstance(withConfiguration: configuration)
}}
"""
DELEGATE: Final = f"""
import Foundation
import Security

final class Delegate: NSObject, URLSessionDelegate {{
    private static let host = "api.example.com"
    private let pins: [String: [String]] = [
        Delegate.host: ["{A}", "sha256/" + "{B}"],
        "example.org": Set(["{C}"]),
        "title": ["{C}"],
    ]
    private let other = ["www.example.com": ["one", "two"]]
    func check(_ trust: SecTrust, key: Data) {{ _ = SecKeyCopyExternalRepresentation(SecTrustCopyKey(trust)!, nil) }}
}}
"""


def test_a_dictionary_of_trustkit_is_read() -> None:
    """Constants, members, casts and domains behind a name give hosts, pins and settings."""
    target, reading = audit.read(TRUSTKIT.encode(), "Pins.swift")
    assert target.id == "trustkit-swift"
    assert [(found.host, [str(pinned.pin) for pinned in found.pins]) for found in reading.hosts] == [
        ("example.com", [f"sha256/{A}", f"sha256/{B}"]),
        ("open.example.com", []),
        ("api.example.org", [f"sha256/{C}", f"sha256/{B}"]),
    ]
    wide, exempt, reported = reading.hosts
    assert (wide.include_subdomains, wide.expires, wide.line) == (True, date(2031, 5, 1), 20)
    assert exempt.exempt
    assert (reported.report_only, reported.report_uris) == (True, ("https://reports.example.net/pins",))
    assert reading.notes == ()


@pytest.mark.parametrize(
    ("settings", "rules"),
    [
        (f'kTSKPublicKeyHashes: ["{A}"]', ["too-few-pins", "third-party-reports"]),
        (f'kTSKPublicKeyHashes: ["{A}", Remote.pin]', ["value-elsewhere", "third-party-reports"]),
        ("kTSKPublicKeyHashes: given", ["value-elsewhere", "third-party-reports"]),
        (
            f'kTSKPublicKeyHashes: ["{A}", "{B}"], kTSKIncludeSubdomains: given, "TSKOther": true',
            ["value-elsewhere", "ignored-setting", "third-party-reports"],
        ),
        (
            f'kTSKPublicKeyHashes: ["{A}", "{B}"], kTSKExpirationDate: "soon"',
            ["misleading-setting", "third-party-reports"],
        ),
        (
            f'kTSKPublicKeyHashes: ["sha256/{A}", "{B}"], kTSKDisableDefaultReportUri: true',
            ["pin-never-matches"],
        ),
    ],
)
def test_what_trustkit_does_not_accept_is_noted(settings: str, rules: list[str]) -> None:
    """Too few pins, pins in another spelling, days that are none, and values from elsewhere are notes."""
    text = f'func f(given: [String]) {{ start([kTSKPinnedDomains: ["api.example.com": [{settings}]]]) }}'
    assert sorted(rule for rule, _ in notes(text, "Pins.swift")) == sorted(rules)


@pytest.mark.parametrize("value", ["given", "Remote.domains()", 'given["x"]'])
def test_a_configuration_from_elsewhere_is_noted(value: str) -> None:
    """Nothing is guessed about a dictionary that the file does not contain."""
    text = f"func f(given: [String: Any]) {{ start([kTSKPinnedDomains: {value}]) }}"
    assert notes(text, "Pins.swift") == [("value-elsewhere", 1)]
    assert hosts(text, "Pins.swift") == {}


def test_a_map_of_hosts_is_read() -> None:
    """Keys that are hosts and lists of pins count, in a file that checks certificates, and other maps do not."""
    assert hosts(DELEGATE, "Delegate.swift") == {"api.example.com": (2, False), "example.org": (1, False)}
    assert notes(DELEGATE, "Delegate.swift") == []


def test_digests_of_certificates_are_not_pins() -> None:
    """A map in a file that hashes whole certificates gives a note and no pins."""
    text = f'let pins = ["api.example.com": ["{A}"]]\nfunc f(_ trust: SecTrust) {{ SecCertificateCopyData(leaf) }}'
    assert notes(text, "Delegate.swift") == [("pins-not-kept", 1)]
    assert hosts(text, "Delegate.swift") == {}


def test_evaluators_of_alamofire_are_notes() -> None:
    """Hosts that certificates in the bundle pin are named, and so is what accepts every certificate."""
    text = """
let evaluators: [String: any ServerTrustEvaluating] = [
    "api.example.com": PublicKeysTrustEvaluator(),
    "www.example.com": PinnedCertificatesTrustEvaluator(validateHost: false),
    "static.example.com": DefaultTrustEvaluator(),
    "test.example.com": DisabledTrustEvaluator(),
]
let session = Session(serverTrustManager: ServerTrustManager(evaluators: evaluators))
"""
    assert notes(text, "Session.swift") == [
        ("pins-elsewhere", 3),
        ("pins-elsewhere", 4),
        ("chain-unchecked", 4),
        ("chain-unchecked", 6),
    ]


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        (f'#if DEBUG\nlet pins = ["{A}"]\n#else\nlet pins = ["{B}"]\n#endif', (0, ["value-elsewhere"])),
        (f'#if DEBUG\nlet pins: [String] = []\n#else\nlet pins = ["{B}"]\n#endif', (1, ["policy-differs"])),
        (f'let pins = isDebug ? [] : ["{B}"]', (1, ["policy-differs"])),
        (f'let pins = isDebug ? ["{A}"] : ["{B}"]', (0, ["value-elsewhere"])),
        (f'var pins = ["{A}"]\nfunc g() {{ pins.append(read()) }}', (0, ["value-elsewhere"])),
        (f'var pins = ["{A}"]\nfunc g() {{ pins[0] = read() }}', (0, ["value-elsewhere"])),
        (f'var pins = ["{A}"]\nfunc g() {{ pins += [read()] }}', (0, ["value-elsewhere"])),
        (
            f'let pins: [String]\ninit(pins: [String]) {{ self.pins = pins }}\nlet other = ["{A}"]',
            (0, ["value-elsewhere"]),
        ),
    ],
    ids=["two", "one is empty", "choice", "choice of two", "append", "item", "sum", "initialiser"],
)
def test_values_that_depend_are_not_guessed(declared: str, found: tuple[int, list[str]]) -> None:
    """Of two branches the only one with pins counts, with a note; a list that is changed is not known."""
    domain = "kTSKPublicKeyHashes: pins, kTSKEnforcePinning: false, kTSKDisableDefaultReportUri: true"
    text = f'{declared}\nlet c = [kTSKPinnedDomains: ["api.example.com": [{domain}]]]'
    _, reading = audit.read(text.encode(), "Pins.swift")
    assert (sum(len(host.pins) for host in reading.hosts), [note.rule for note in reading.notes]) == found


def test_a_host_with_two_lists_is_left_out() -> None:
    """Where two dictionaries give a host different pins, it is not known which are in force; equal ones are one."""
    debug, release = (f'let pins = ["api.example.com": ["{digest}"], "example.org": ["{C}"]]' for digest in (A, B))
    text = f"#if DEBUG\n{debug}\n#else\n{release}\n#endif\nfunc f(_ trust: SecTrust) {{}}"
    assert hosts(text, "Delegate.swift") == {"example.org": (1, False)}
    assert notes(text, "Delegate.swift") == [("duplicate-entry", 4)]


@pytest.mark.parametrize(
    "text",
    [
        f'let pins = ["api.example.com": ["{A}"]]',
        f'// TSKPinnedDomains: ["api.example.com": ["{A}"]]',
        f'let s = "kTSKPinnedDomains: {A}"',
        'let m = ServerTrustManager(evaluators: ["api.example.com": DefaultTrustEvaluator()])',
        'func f(_ t: SecTrust) { let names = ["api.example.com": ["one"], "b.example.com": []] }',
    ],
    ids=["no check", "a comment", "a text", "no pinning", "other lists"],
)
def test_other_code_pins_nothing(text: str) -> None:
    """Comments, texts and other dictionaries are not pins."""
    with pytest.raises(UnknownFormatError):
        audit.read(text.encode(), "Other.swift")
