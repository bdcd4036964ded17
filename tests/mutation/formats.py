"""Mutants of reading and writing formats: the losses, what a file may contain, and how large it may be."""

from __future__ import annotations

from tests.mutation.mutant import Mutant

_COMPARE = "tests/sync/test_compare.py"
_CONTRACT = "tests/formats/test_contract.py"
_IMPORT = "tests/cli/test_import.py"
_REACH = "tests/formats/test_loss_reach.py"
_PROBLEMS = "tests/formats/test_problems.py"
_XML = "tests/syntax/test_xml.py"

FORMAT_MUTANTS = (
    Mutant(
        "writing",
        "a parent that covers only itself is reported to cover its subdomains",
        "formats/_loss.py",
        "reaches = entry is not None and entry.include_subdomains and",
        "reaches = entry is not None and",
        (_REACH,),
    ),
    Mutant(
        "writing",
        "a report-only parent that is left out is reported as enforced",
        "formats/_loss.py",
        '(entry.mode == "report-only" and self._can.report_only)',
        'entry.mode == "report-only"',
        (_REACH,),
    ),
    Mutant(
        "writing",
        "a report-only parent that is written is reported as left out",
        "formats/_loss.py",
        'if entry.mode == "enforce" or (entry.mode == "report-only" and self._can.report_only):',
        'if entry.mode == "enforce":',
        (_REACH,),
    ),
    Mutant(
        "writing",
        "an exemption of a parent is reported to cover subdomains where it does not",
        "formats/_loss.py",
        "                if self._can.exempts and self._can.exempts_below:\n                    return None\n",
        "                if self._can.exempts:\n                    return None\n",
        (_REACH,),
    ),
    Mutant(
        "writing",
        "a loss that changes what is enforced needs no consent",
        "formats/_loss.py",
        "if needs_consent(found) and found.rule not in set(accept)]",
        "if needs_consent(found) and not found.rule]",
        (_CONTRACT, "-k", "losses_are_listed"),
    ),
    Mutant(
        "writing",
        "an output that pins no host is written",
        "formats/_loss.py",
        "    if not entries and not cutter.refusals:\n",
        "    if False:\n",
        (_CONTRACT, "-k", "refused_by_name"),
    ),
    Mutant(
        "writing",
        "one of several hosts is written although nobody chose it",
        "formats/_loss.py",
        'if target.can.hosts != "many" and len(entries) > 1:',
        "if False:",
        (_CONTRACT, "-k", "refused_by_name"),
    ),
    Mutant(
        "writing",
        "an option that the format does not have is ignored",
        "formats/_export.py",
        "        if name not in known:\n",
        "        if not name:\n",
        (_COMPARE,),
    ),
    Mutant(
        "reading",
        "a part that cannot be read is left out without consent",
        "formats/_policy.py",
        "    if not skip_bad:\n",
        "    if skip_bad:\n",
        (_PROBLEMS,),
    ),
    Mutant(
        "reading",
        "a file that pins nothing is read",
        "formats/_policy.py",
        "if reading.policy is None and all(",
        "if reading.policy is not None and all(",
        (_CONTRACT, "-k", "broken_samples"),
    ),
    Mutant(
        "reading",
        "a public suffix is pinned with everything below it",
        "formats/_policy.py",
        "if found.include_subdomains and (problem := public_suffix_problem(found.host)):",
        "if not found.host and (problem := public_suffix_problem(found.host)):",
        (_PROBLEMS, "-k", "public_suffix_is_a_problem"),
    ),
    Mutant(
        "reading",
        "the user may declare the key of a known authority to be a leaf key",
        "formats/_policy.py",
        "if problem := role_problem(pin, role):",
        "if (problem := role_problem(pin, role)) and not role:",
        (_IMPORT,),
    ),
    Mutant(
        "reading",
        "XML with any number of elements is read",
        "syntax/xml.py",
        " or self._count > MAX_VALUES:",
        ":",
        (_XML,),
    ),
    Mutant(
        "reading",
        "a file of any size is read",
        "syntax/text.py",
        "    if len(content) > MAX_BYTES:\n",
        "    if False:\n",
        (_CONTRACT, "-k", "too_large"),
    ),
    Mutant(
        "reading",
        "XML of any depth is read",
        "syntax/xml.py",
        "len(self._open) == _MAX_DEPTH or ",
        "",
        (_XML,),
    ),
)
