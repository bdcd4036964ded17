"""The meaning of every rule that a finding can have. The rule may also be the code of an error."""

from __future__ import annotations

from typing import Final

from pinsmith.documents.page import is_error
from pinsmith.finding import Severity

# The rules of `check`, `sync` and `lint --online` that neither a rule of lint nor a reader has.
WARNINGS: Final[dict[str, tuple[Severity, str]]] = {
    "certificate-expires": (Severity.MEDIUM, "a certificate that a pinned host presents expires soon"),
    "compared-elsewhere": (
        Severity.LOW,
        "lint reached a host as connect or cafile of the pin file says, which may not be what the public sees",
    ),
    "lock-out-of-date": (Severity.MEDIUM, "the file pins.lock does not record the pins that the outputs contain"),
    "no-backup": (
        Severity.HIGH,
        "every pinned key is in the chain that the host presents, so the loss of the key locks all clients out",
    ),
    "not-compared": (Severity.INFO, "lint could not compare the pins of a host with what the host presents"),
    "not-served": (Severity.MEDIUM, "a key is pinned as one in service, but no address of the host presents it"),
    "other-certificate": (
        Severity.HIGH,
        "the host presents another certificate than an output for a platform that compares whole certificates",
    ),
    "pins-expire": (Severity.MEDIUM, "the pins of a host expire soon, and then nothing is enforced"),
    "role-not-recorded": (Severity.LOW, "the host presents a key in another role than the pin file records"),
    "canary-not-refused": (Severity.HIGH, "a host that is pinned wrongly on purpose is accepted"),
    "chain-changed": (Severity.INFO, "the host presents another chain with the same key"),
    "clients-refused": (Severity.HIGH, "clients refuse what an address of the host presents"),
    "bundle-unreadable": (Severity.MEDIUM, "the bundle beside the pin file cannot be read"),
    "release-needs-update": (
        Severity.LOW,
        "a release that reads signed updates can connect only after it has read the published policy",
    ),
    "suspended": (Severity.MEDIUM, "the pins of a host are suspended in the bundle beside the pin file"),
    "drill-overdue": (Severity.MEDIUM, "the last proof of a standby key is older than drill-days"),
    "host-unreachable": (Severity.MEDIUM, "an address of the host could not be read"),
    "interception-suspected": (Severity.HIGH, "clients refuse the host, and its issuer was never seen there before"),
    "issuer-changed": (Severity.LOW, "another authority has issued the certificate of the host"),
    "key-changed": (Severity.LOW, "the host presents another key"),
    "no-reserve": (Severity.HIGH, "the last standby key is in service"),
    "oldest-system-locked-out": (
        Severity.HIGH,
        "with the trust store of the oldest system that a release runs on, its users lose or may lose a host",
    ),
    "old-release-refused": (Severity.HIGH, "a shipped release pins no key that the host presents"),
    "pin-withdrawn": (Severity.LOW, "the host no longer presents a pinned key"),
    "pins-not-enforced": (Severity.HIGH, "the pins of the host have ended"),
    "renewal-late": (Severity.HIGH, "a certificate was not renewed in time"),
    "release-not-recorded": (
        Severity.INFO,
        "the pin file differs from the newest recorded release, so record the next release when it ships",
    ),
    "rotation-due": (Severity.MEDIUM, "a step of a rotation is due soon"),
    "rotation-overdue": (Severity.HIGH, "the last day for a step of a rotation has passed"),
    "rotation-stuck": (Severity.HIGH, "a move of an open rotation is due soon, or was due, and a guard stops it"),
    "report-only-mismatch": (Severity.MEDIUM, "clients that only report find no pinned key"),
    "root-left-store": (Severity.MEDIUM, "the chain ends in a root that a trust store no longer contains"),
    "seen-from-some-vantages": (
        Severity.HIGH,
        "some places see an unknown key at the host, and others that asked at the same time do not",
    ),
    "store-locked-out": (Severity.HIGH, "clients with a trust store end the chain of a host at no pinned key"),
    "store-path-not-pinned": (
        Severity.HIGH,
        "clients with a trust store can build several paths for a host, and not all of them have a pinned key",
    ),
    "store-unknown": (Severity.INFO, "nobody knows whether clients with a trust store reach a host"),
    "store-untrusted": (Severity.MEDIUM, "clients with a trust store refuse the chain of a host, whatever they pin"),
    "standby-in-service": (Severity.LOW, "the host presents a key that the pin file calls a standby key"),
}


def meanings() -> dict[str, str]:
    """
    Return the meaning of every rule that is not the code of an error, in sentences.

    A rule of lint may also be a warning or a note of a reader; then the meaning is that of lint.
    """
    from pinsmith.formats import LOSSES, NOTES
    from pinsmith.rules import RULES
    from pinsmith.setup import RULES as SETUP

    notes = {rule: meaning for rule, (_, meaning) in (NOTES | WARNINGS | SETUP).items()}
    lint = {rule.id: f"{rule.title}. {rule.effect} To fix it, {rule.fix}" for rule in RULES}
    found = sorted((LOSSES | notes | lint).items())
    return {rule: f"{text[0].upper()}{text[1:]}." for rule, text in found if not is_error(rule)}
