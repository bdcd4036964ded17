"""Mutants of paths: each would find a path that no client accepts, or call something certain that nobody knows."""

from __future__ import annotations

from tests.mutation.mutant import Mutant

_JUDGEMENT = "tests/paths/test_judgement.py"
_PATHS = "tests/paths/test_paths.py"
_STORE = "tests/paths/test_store.py"
_SURVEY = "tests/paths/test_survey.py"
_UNSENT = "tests/paths/test_unsent.py"

PATH_MUTANTS = tuple(
    Mutant("paths", what, f"paths/{file}", old, new, (tests,))
    for what, file, old, new, tests in (
        ("a root that did not sign is an anchor", "search.py", " and self._is_signed(top, root.spki)", "", _PATHS),
        (
            "an issuer that did not sign leads on",
            "search.py",
            " or not self._is_signed(top, issuer.certificate.spki)",
            "",
            _PATHS,
        ),
        (
            "authorities that signed each other are walked again",
            "search.py",
            "issuer.identity in identities or ",
            "",
            _PATHS,
        ),
        (
            "any certificate of a trusted name is trusted",
            "search.py",
            "root.sha256 == leaf.certificate.sha256",
            "True",
            _PATHS,
        ),
        ("a certificate that has ended is accepted", "judge.py", "if at > facts.last", "if False", _PATHS),
        ("a leaf may sign", "judge.py", "if not facts.is_authority", "if False", _PATHS),
        (
            "a path may be too long by one",
            "judge.py",
            "between > facts.path_length",
            "between > facts.path_length + 1",
            _PATHS,
        ),
        ("an excluded name is accepted", "constraints.py", "for other in refused)", "for other in ())", _JUDGEMENT),
        ("a name that only ends like the domain fits", "constraints.py", 'f".{domain}"', "domain", _JUDGEMENT),
        ("a search that was cut answers no", "answer.py", " | search.gaps", "", _PATHS),
        ("roots whose keys are not known are forgotten", "answer.py", "if store.unknown:", "if False:", _PATHS),
        ("clients fetch nothing", "answer.py", "if store.fetches and", "if False and", _PATHS),
        ("a store is never updated", "answer.py", "if other != given:", "if False:", _PATHS),
        ("a published cross-sign that has ended leads on", "unsent.py", " or issued.is_over(day)", "", _UNSENT),
        (
            "pins on one path of two let everybody in",
            "survey.py",
            "if fitting and len(fitting) < len(matches)",
            "if False",
            _SURVEY,
        ),
        ("a search that was cut locks out", "survey.py", "if not paths.is_complete", "if False", _SURVEY),
        ("a version after the last list has that list", "store.py", "(family.has_newest and later)", "True", _STORE),
    )
)
