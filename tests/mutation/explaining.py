"""Mutants of explanations: each would show something unknown as no, or let clients in that nobody lets in."""

from __future__ import annotations

from tests.mutation.mutant import Mutant

_PIN = "tests/explaining/test_pin.py"
_SURVIVAL = "tests/explaining/test_survival.py"
_REACH = "tests/checks/test_reach.py"

EXPLAIN_MUTANTS = tuple(
    Mutant("explain", what, file, old, new, (tests,))
    for what, file, old, new, tests in (
        (
            "an absence from Windows is certain",
            "explaining/survival.py",
            "if family.id in _SHOWS_NO_ABSENCE:",
            "if False:",
            _SURVIVAL,
        ),
        (
            "a key with an unknown signer is in no store",
            "explaining/survival.py",
            "if not way.is_whole:",
            "if False:",
            _SURVIVAL,
        ),
        (
            "a store that may have been updated is certain",
            "explaining/survival.py",
            "if other != standing:",
            "if False:",
            _SURVIVAL,
        ),
        (
            "a key that nobody knows is in no store",
            "explaining/pin.py",
            "stores=survival(pin, today=today) if found else ()",
            "stores=survival(pin, today=today)",
            _PIN,
        ),
        (
            "certificates that have ended admit others",
            "explaining/pin.py",
            "issued.is_over(today) or ",
            "",
            _PIN,
        ),
        (
            "an unknown store is not trusted",
            "checks/reach.py",
            'return ("untrusted" if survival.outcome == "untrusted" else "unknown")',
            'return ("untrusted" if survival.outcome != "nothing" else "unknown")',
            _REACH,
        ),
        (
            "pins that have expired lock out",
            "checks/reach.py",
            "if why := _not_in_force(entry, at):",
            "if why := '':",
            _REACH,
        ),
        (
            "any anchor will do",
            "checks/reach.py",
            "if entry.anchors and path.anchor.pin",
            "if () and path.anchor.pin",
            _REACH,
        ),
        (
            "one of several paths is enough",
            "checks/reach.py",
            "if fitting and len(fitting) < len(matches):",
            "if False:",
            _REACH,
        ),
    )
)
