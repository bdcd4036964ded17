"""Pins that a Flutter app declares for Android, and that Dart does not read."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from pinsmith.rules import RULES, Persona, lint, may_have_findings, pins_never_read as never, read
from tests.formats.policy import pin

TODAY: Final = date(2027, 1, 1)
CLEAR, UNCLEAR = never.RULE.id, "pins-perhaps-never-read"
NSC, NSC_TEXT = never.CONFIGURATION
PUBSPEC: Final = never.PUBSPEC[1]
EXAMPLE: Final = never.RULE.example
WIDE: Final = NSC_TEXT.replace("<domain>", '<domain includeSubdomains="true">')
ATS: Final = (
    '<plist version="1.0"><dict><key>NSAppTransportSecurity</key><dict><key>NSPinnedDomains</key><dict>'
    "<key>api.example.com</key><dict><key>NSPinnedLeafIdentities</key><array>"
    f"<dict><key>SPKI-SHA256-BASE64</key><string>{pin('one').base64}</string></dict>"
    f"<dict><key>SPKI-SHA256-BASE64</key><string>{pin('two').base64}</string></dict>"
    "</array></dict></dict></dict></dict></plist>\n"
)


def _found(files: dict[str, str]) -> list[tuple[str, str]]:
    read_files = [read(text.encode(), name, today=TODAY) for name, text in files.items()]
    rules = [rule for rule in RULES if rule.id in {CLEAR, UNCLEAR}]
    return [(found.rule, str(found.place)) for found in lint(read_files, rules, persona=Persona.AUDITOR)]


def _flutter(dart: str, **files: str) -> dict[str, str]:
    return {"pubspec.yaml": PUBSPEC, NSC: NSC_TEXT, "lib/api.dart": dart, **files}


CALL: Final = EXAMPLE.bad
AT_CALL, AT_PINS = "lib/api.dart:1", f"{NSC}:4"
ROWS: Final[dict[str, tuple[dict[str, str], list[tuple[str, str]]]]] = {
    "requested by Dart": (_flutter(CALL), [(CLEAR, AT_CALL)]),
    "pinned by Dart": (_flutter(EXAMPLE.good), []),
    "another host": (_flutter(CALL.replace("api.", "www.")), [(UNCLEAR, AT_PINS)]),
    "a subdomain": (_flutter(CALL.replace("api.", "v1.api."), **{NSC: WIDE}), [(CLEAR, AT_CALL)]),
    "a subdomain that is not covered": (_flutter(CALL.replace("api.", "v1.api.")), [(UNCLEAR, AT_PINS)]),
    "in a comment": (_flutter(f"// {CALL}const a = 1; // pinning\n"), [(UNCLEAR, AT_PINS)]),
    "code that may pin": (_flutter(CALL + "final context = SecurityContext();\n"), [(UNCLEAR, AT_PINS)]),
    "a client of the platform": (
        _flutter(CALL, **{"pubspec.yaml": PUBSPEC + "  ok_http: any\n"}),
        [(UNCLEAR, AT_PINS)],
    ),
    "Dart without Flutter": (_flutter(CALL, **{"pubspec.yaml": "name: app\n"}), []),
    "another project": (
        {f"web/{name}": text for name, text in _flutter(CALL).items() if name != NSC} | {NSC: NSC_TEXT},
        [],
    ),
    "iOS": ({"pubspec.yaml": PUBSPEC, "ios/Runner/Info.plist": ATS, "lib/api.dart": CALL}, []),
    "no pubspec.yaml": ({NSC: NSC_TEXT, "lib/api.dart": CALL}, []),
}


@pytest.mark.parametrize("row", ROWS)
def test_dart_reads_no_pins_of_android(row: str) -> None:
    """Requests of Dart to a host that only Android pins are reported; what may be pinned or native is a question."""
    files, found = ROWS[row]
    assert _found(files) == found


@pytest.mark.parametrize("name", ["test/api.dart", "lib/api_test.dart", "integration_test/api.dart"])
def test_tests_of_the_project_do_not_count(name: str) -> None:
    """A URL in a test is not requested by the app, so folders are searched without such files."""
    assert may_have_findings(CALL.encode(), "lib/api.dart")
    assert not may_have_findings(CALL.encode(), name)
