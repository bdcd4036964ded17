"""Mutants of `sync`: pins that others wrote, the consent that a loss needs, and what is written."""

from __future__ import annotations

from tests.mutation.mutant import Mutant

_CLI = "tests/cli/test_sync_foreign.py"
_ENDING = "tests/cli/test_ending.py"
_COMPARE = "tests/sync/test_compare.py"
_FOREIGN = "tests/sync/test_foreign.py"
_LEFT_OVER = "tests/sync/test_left_over.py"
_MATERIAL = "tests/sync/test_material.py"
_PINNED = "tests/sync/test_pinned.py"

SYNC_MUTANTS = (
    Mutant(
        "writing",
        "pins that others wrote are overwritten without consent",
        "sync/consent.py",
        "    if lost and not consent.drop_foreign:\n",
        "    if lost and consent.drop_foreign:\n",
        (_CLI,),
    ),
    Mutant(
        "writing",
        "pins that end soon are written without consent",
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
        (_MATERIAL,),
    ),
    Mutant(
        "sync",
        "every file counts as written by pinsmith",
        "sync/compare.py",
        "is_own = before.digest() == known.digests.get(new.file.lock_name)",
        "is_own = True",
        (_FOREIGN,),
    ),
    Mutant(
        "sync",
        "two outputs write one file",
        "sync/compare.py",
        "    if taken is not None:\n",
        "    if False:\n",
        (_COMPARE,),
    ),
    Mutant(
        "sync",
        "certificates of keys that are no longer pinned stay",
        "sync/compare.py",
        "    left_over.require_none(changes)\n",
        "",
        (_LEFT_OVER,),
    ),
    Mutant(
        "sync",
        "a pin that a file would lose is not noticed",
        "sync/foreign.py",
        "        if pin not in new.pins:\n",
        "        if not pin:\n",
        (_FOREIGN,),
    ),
    Mutant(
        "sync",
        "an enforced host that would only be reported is not noticed",
        "sync/foreign.py",
        "    if old.mode != new.mode:\n",
        "    if False:\n",
        (_PINNED,),
    ),
    Mutant(
        "sync",
        "subdomains that would no longer be covered are not noticed",
        "sync/foreign.py",
        "if is_own and old.include_subdomains and not new.include_subdomains:",
        "if False:",
        (_PINNED,),
    ),
    Mutant(
        "sync",
        "a parent that covers only itself counts as pinning a host that would be removed",
        "sync/pinned.py",
        "if rules is not None and rules.include_subdomains)",
        "if rules is not None)",
        (_PINNED,),
    ),
)
