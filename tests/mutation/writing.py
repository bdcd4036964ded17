"""Mutants of what is read and written, and of where the lab leads others: guards beside the enforcement."""

from __future__ import annotations

from tests.mutation.mutant import Mutant

_LOSS = "tests/formats/test_loss_reach.py"
_ADDRESS = "tests/lab/test_address.py"
_FOREIGN = "tests/cli/test_sync_foreign.py"
_ENDING = "tests/cli/test_ending.py"
_CERTIFICATE = "tests/sync/test_material.py"
_XML = "tests/syntax/test_xml.py"

WRITING_MUTANTS = (
    Mutant(
        "writing",
        "what others pinned is overwritten without consent",
        "sync/consent.py",
        "    if lost and not consent.drop_foreign:\n",
        "    if lost and consent.drop_foreign:\n",
        (_FOREIGN,),
    ),
    Mutant(
        "writing",
        "pins that end are written without consent",
        "sync/consent.py",
        "    if soon and not consent.allow_ending:\n",
        "    if soon and consent.allow_ending:\n",
        (_ENDING,),
    ),
    Mutant(
        "writing",
        "a certificate of another key is written",
        "sync/material.py",
        "        if certificate.pin == key.pin:\n",
        "        if certificate.pin:\n",
        (_CERTIFICATE,),
    ),
    Mutant(
        "writing",
        "a parent that covers itself alone is said to reach its subdomains",
        "formats/_loss.py",
        "reaches = entry is not None and entry.include_subdomains and",
        "reaches = entry is not None and",
        (_LOSS,),
    ),
    Mutant(
        "writing",
        "a report-only parent that is left out is said to be enforced",
        "formats/_loss.py",
        '(entry.mode == "report-only" and self._can.report_only)',
        'entry.mode == "report-only"',
        (_LOSS,),
    ),
    Mutant(
        "writing",
        "a report-only parent that is written is said to be left out",
        "formats/_loss.py",
        'if entry.mode == "enforce" or (entry.mode == "report-only" and self._can.report_only):',
        'if entry.mode == "enforce":',
        (_LOSS,),
    ),
    Mutant(
        "writing",
        "an exemption above is said to reach below where it does not",
        "formats/_loss.py",
        "                if self._can.exempts and self._can.exempts_below:\n                    return None\n",
        "                if self._can.exempts:\n                    return None\n",
        (_LOSS,),
    ),
    Mutant(
        "reading",
        "XML of any number of elements is read",
        "syntax/xml.py",
        " or self._count > _MAX_ELEMENTS:",
        ":",
        (_XML,),
    ),
    Mutant(
        "reading",
        "XML of any depth is read",
        "syntax/xml.py",
        "len(self._open) == _MAX_DEPTH or ",
        "",
        (_XML,),
    ),
    Mutant(
        "proxy",
        "other machines are led to the link of this one",
        "lab/address.py",
        "each.is_link_local or ",
        "",
        (_ADDRESS,),
    ),
    Mutant(
        "proxy",
        "other machines are led to the loopback through an address that carries one of IPv4",
        "lab/address.py",
        "any(found in network for network in _ENDING_IN_IPV4)",
        "False",
        (_ADDRESS,),
    ),
)
