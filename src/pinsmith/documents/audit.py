"""The documents of ``pinsmith audit``: JSON, and JUnit and Markdown for CI."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from pinsmith.answers import Answer
from pinsmith.authorities import find
from pinsmith.documents.document import Versioned
from pinsmith.documents.finding import FindingOut, finding_out
from pinsmith.documents.junit import Case, junit
from pinsmith.documents.lint import file_cases
from pinsmith.documents.markdown import escape, finding_lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pinsmith.answers import HostAnswer, Mechanism
    from pinsmith.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """
    What an audit found out.

    Attributes:
        files: What was read and matters.
        answers: All hosts, in the order of their names.
        findings: Those that are reported.
        unread: Files of code that were not read, because a package is not installed.
        unreadable: A finding for each file that could not be read, also those that are not reported.
        searched: How many files were looked at.
        digests: The SHA-256 of each app package, in hexadecimal.
        lists_others: Whether hosts of others are listed, and not only counted.
    """

    files: Sequence[str]
    answers: Sequence[HostAnswer]
    findings: Sequence[Finding]
    unread: Sequence[str] = ()
    unreadable: Sequence[Finding] = ()
    searched: int = 0
    digests: Mapping[str, str] = field(default_factory=dict)
    lists_others: bool = False

    @property
    def shown(self) -> tuple[HostAnswer, ...]:
        """The hosts that are listed."""
        return tuple(answer for answer in self.answers if answer.is_own or self.lists_others)

    @property
    def hidden(self) -> int:
        """How many hosts are only counted."""
        return len(self.answers) - len(self.shown)


class MechanismOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something that pins a host, or seems to do so.

    ``answer`` is what it alone answers, and ``reason`` why that is not ``yes``. ``expires`` is the day from which its
    pins are no longer enforced, as ``YYYY-MM-DD``.
    """

    title: str
    place: str
    answer: str
    reason: str | None
    pins: list[str]
    expires: str | None
    include_subdomains: bool


class HostAnswerOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    Whether a host is pinned.

    ``answer`` is ``yes``, ``code present, unproven``, ``cannot tell`` or ``no``. ``own`` says whether the host is in
    a domain of the app's owner, as far as can be known. ``mentioned`` is the first place with a URL of the host.
    """

    host: str
    answer: str
    own: bool
    mentioned: str | None
    mechanisms: list[MechanismOut]


class AuditDocument(Versioned, frozen=True, kw_only=True):
    """
    ``pinsmith audit --format json``.

    ``files`` lists what was read and matters, and ``unread`` the files of code that were not read, because a package is
    not installed. ``ok`` says whether there are no findings.
    """

    ok: bool
    files: list[str]
    unread: list[str]
    hosts: list[HostAnswerOut]
    findings: list[FindingOut]


def audit_document(audit: Audit) -> AuditDocument:
    """Describe *audit*."""
    return AuditDocument(
        ok=not audit.findings,
        files=list(audit.files),
        unread=list(audit.unread),
        hosts=[_host(answer) for answer in audit.shown],
        findings=[finding_out(finding) for finding in audit.findings],
    )


def audit_junit(audit: Audit) -> str:
    """
    Write a test case for each host and for each file.

    A host without pins is not a failure. It is skipped and not passed, because a green line would read as "pinned". The
    case of a file fails if there are findings.
    """
    return junit("audit", [*map(_host_case, audit.shown), *file_cases(audit.files, audit.findings)])


def _host_case(answer: HostAnswer) -> Case:
    details = tuple(map(described, answer.mechanisms)) or tuple(mention_of(answer))
    if answer.answer is Answer.YES:
        return Case(answer.host, output=details)
    return Case(answer.host, "skipped", str(answer.answer), details=details)


def audit_markdown(audit: Audit, nothing: str) -> Iterator[str]:
    """Write a table of the answers, then the findings; *nothing* is the sentence if there are none."""
    yield "### pinsmith audit"
    yield ""
    if audit.shown:
        rows = [row for answer in audit.shown for row in _rows(answer)]
        yield from table(("host", "pinned", "by", "place", "until", "keys"), rows)
    else:
        yield "No host of your own was found."
    if audit.hidden:
        yield ""
        yield f"{audit.hidden} {'host of others is' if audit.hidden == 1 else 'hosts of others are'} not listed."
    if audit.unread:
        yield ""
        yield f"{len(audit.unread)} {'file of code was' if len(audit.unread) == 1 else 'files of code were'} not read."
    yield ""
    yield "#### Findings"
    yield ""
    yield from finding_lines(audit.findings, nothing)


def _rows(answer: HostAnswer) -> Iterator[tuple[str, ...]]:
    """Yield a row for each mechanism, the best first, and its own answer; the first row answers for the host."""
    host = escape(answer.host)
    for mechanism in answer.mechanisms:
        until = mechanism.expires.isoformat() if mechanism.expires else ""
        texts = (mechanism.title, mechanism.place, until, owners_of(mechanism))
        yield host, str(mechanism.answer), *map(escape, texts)
    if not answer.mechanisms:
        yield host, str(answer.answer), "", escape(answer.mentioned or ""), "", ""


def described(mechanism: Mechanism) -> str:
    """Say what a mechanism is, where it is, until when it holds, and whose keys it pins."""
    parts = [f"{mechanism.title} in {mechanism.place}"]
    if mechanism.pins:
        parts.append(owners_of(mechanism))
    if mechanism.expires:
        parts.append(f"until {mechanism.expires}")
    text = ", ".join(parts)
    return f"{text}: {mechanism.reason}" if mechanism.reason else text


def owners_of(mechanism: Mechanism) -> str:
    """Say how many keys a mechanism pins, and whose they are if that is known; nothing if no pin is known."""
    if not mechanism.pins:
        return ""
    owners = dict.fromkeys(authority.name for pin in mechanism.pins if (authority := find(pin)))
    keys = "1 key" if len(mechanism.pins) == 1 else f"{len(mechanism.pins)} keys"
    return f"{keys} ({', '.join(owners)})" if owners else keys


def mention_of(answer: HostAnswer) -> Iterator[str]:
    """Yield where a host is mentioned, if that is known."""
    if answer.mentioned:
        yield f"mentioned in {answer.mentioned}"


def _host(answer: HostAnswer) -> HostAnswerOut:
    return HostAnswerOut(
        host=answer.host,
        answer=str(answer.answer),
        own=answer.is_own,
        mentioned=answer.mentioned,
        mechanisms=[_mechanism(mechanism) for mechanism in answer.mechanisms],
    )


def _mechanism(mechanism: Mechanism) -> MechanismOut:
    return MechanismOut(
        title=mechanism.title,
        place=mechanism.place,
        answer=str(mechanism.answer),
        reason=mechanism.reason or None,
        pins=[str(pin) for pin in mechanism.pins],
        expires=mechanism.expires.isoformat() if mechanism.expires else None,
        include_subdomains=mechanism.include_subdomains,
    )
