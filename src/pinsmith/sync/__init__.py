"""
Compare every ``[[output]]`` of a pin file with its correct content, and write all of them or none.

Every output is read, its certificates and keys are resolved, and its files are rendered and compared. Then all are
written.
"""

from __future__ import annotations

from pinsmith.sync.change import Change, Comparison
from pinsmith.sync.compare import compare, compare_output
from pinsmith.sync.consent import Consent, refusals, require_consent
from pinsmith.sync.findings import findings
from pinsmith.sync.render import export
from pinsmith.sync.write import apply

__all__ = [
    "Change",
    "Comparison",
    "Consent",
    "apply",
    "compare",
    "compare_output",
    "export",
    "findings",
    "refusals",
    "require_consent",
]
