"""Mutants of checks of releases: each would hide users who are locked out, or report users who are not."""

from __future__ import annotations

from tests.mutation.mutant import Mutant

_OLDEST = "tests/checks/test_oldest_system.py"

RELEASE_MUTANTS = tuple(
    Mutant("releases", what, file, old, new, (tests,))
    for what, file, old, new, tests in (
        (
            "the oldest system is not asked",
            "checks/cohort.py",
            "if not any(cohort.release.oldest for cohort in found.cohorts):",
            "if True:",
            _OLDEST,
        ),
        (
            "an API level is taken for a version",
            "checks/oldest_system.py",
            "id_ = store_of(system.platform, system.version)",
            'id_ = f"{system.platform}-{system.version}"',
            _OLDEST,
        ),
        (
            "a private authority locks out the users of every system",
            "checks/oldest_system.py",
            "and not _is_public(pinner, ders, now)",
            "and False",
            _OLDEST,
        ),
        (
            "a system that refuses the chain is not reported",
            "checks/oldest_system.py",
            'if found.outcome == "untrusted" and not found.possible and',
            'if found.outcome == "untrusted" or',
            _OLDEST,
        ),
        (
            "an unknown answer is a lock-out",
            "checks/oldest_system.py",
            "cohort.oldest.outcome in _FOUND and",
            "cohort.oldest.outcome != 'accepts' and",
            _OLDEST,
        ),
        (
            "a path without a pinned key is not reported if there is another one",
            "checks/oldest_system.py",
            '    "depends": (',
            '    "other": (',
            _OLDEST,
        ),
    )
)
