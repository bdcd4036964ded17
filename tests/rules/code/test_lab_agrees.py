"""The rules find fault with the programs that fail in the lab, and with none that passes."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from pinsmith.finding import Severity
from pinsmith.rules import Persona, lint, read
from pinsmith.rules.code import CODE_RULES

TESTS: Final = Path(__file__).parents[2]
JUDGED: Final = tomllib.loads((TESTS / "judged" / "expected.toml").read_text("utf-8"))
# Programs with one behaviour each, and one of the clients that the lab judged with it.
PROGRAMS: Final = {
    "aiohttp_fingerprint.py": "aiohttp-fingerprint",
    "aiohttp_pinsmith.py": "aiohttp-pinsmith",
    "by_hand.py": "by-hand",
    "httpx_pinsmith.py": "httpx-pinsmith",
    "requests_after_send.py": "guide-after-send-pins",
    "requests_before_connect.py": "guide-before-connect",
    "requests_pinsmith.py": "requests-pinsmith",
    "toolbelt_fingerprint.py": "toolbelt-fingerprint-adapter",
    "urllib3_fingerprint.py": "urllib3-assert-fingerprint",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_has_findings_if_it_fails_in_the_lab(name: str) -> None:
    """Rules and lab agree about each program: those that let an attacker in, or leak, have a finding, and no others."""
    content = (TESTS / "judged" / "programs" / name).read_bytes()
    found = lint([read(content, name, today=date(2027, 1, 1))], CODE_RULES, persona=Persona.AUDITOR)
    failed = {"accepts-a-rogue", "leaks-before-refusing"} & {*JUDGED[PROGRAMS[name]].values()}
    assert any(finding.severity >= Severity.MEDIUM for finding in found) == bool(failed)
