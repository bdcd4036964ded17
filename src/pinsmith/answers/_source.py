"""Answer for a source tree, from the files that lint reads."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.answers._android import judge, overridden
from pinsmith.answers._answer import Answer, HostAnswer, Mechanism, ranked
from pinsmith.answers._bundle import unpinned_part
from pinsmith.answers._mention import domain_of, own_domains
from pinsmith.host import ancestors
from pinsmith.rules import VOIDING
from pinsmith.rules._read import CODE_NOT_READ
from pinsmith.rules._unread import Unread, unread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pinsmith.answers._mention import Mentions
    from pinsmith.finding import FilePlace
    from pinsmith.formats import Format
    from pinsmith.policy import HostPins
    from pinsmith.rules import PinnedFile
    from pinsmith.rules._rule import Site

_CURL: Final = {"curl", "curl-shell", "php-curl"}
_DECLARED: Final = {"android-nsc", "apple-ats"}
# Those of Flutter's projects, where Dart asks the system to evaluate the chain.
_APPLE_FOLDERS: Final = frozenset({"ios", "macos"})
_EXEMPT: Final = "it is exempt from the pins of its parent"
_INFO: Final = re.compile(r"(?:.*[-_.])?Info(?:[-_.].*)?\.plist", re.IGNORECASE)
_PROVE: Final = "only the lab can prove that it refuses attackers"


def answers_of_source(
    files: Iterable[PinnedFile], mentions: Mentions, domains: Iterable[str] = (), *, not_read: Sequence[str] = ()
) -> tuple[HostAnswer, ...]:
    """
    Return an answer for each host that is pinned or mentioned, in the order of their names.

    Args:
        files: From `pinsmith.rules.read`.

        mentions: Those of all files.

        domains: Further domains of the owner, canonical.

        not_read: Files of code that were not read, because their parser is not installed. They may pin any host.
    """
    files = tuple(files)
    ignored = {one.site.place: _ignored(one) for one in unread(files)}
    found: dict[str, list[_Pinned]] = {}
    for file in files:
        for site in file.sites:
            mechanism = _mechanism(file, site, mentions, ignored)
            found.setdefault(site.entry.host, []).append(_Pinned(mechanism, file.target, file.file))
        for entry in file.exempt:
            found.setdefault(entry.host, []).append(_Pinned(_exemption(file, entry), file.target, file.file))
    own = own_domains([*found, *domains])
    hidden = tuple(_hidden(files, not_read))
    return tuple(
        HostAnswer(
            host,
            _with(hidden, _in_all_parts(host, found.get(host) or _of_parent(host, found), mentions, files)),
            mention.place if (mention := mentions.hosts.get(host)) else None,
            is_own=host in found or domain_of(host) in own,
        )
        for host in sorted({*found, *mentions.hosts})
    )


def _hidden(files: Iterable[PinnedFile], not_read: Sequence[str]) -> Iterator[Mechanism]:
    """Yield what may pin every host, because nobody looked into it."""
    if not_read:
        place = not_read[0] if len(not_read) == 1 else f"{not_read[0]} and {len(not_read) - 1} more"
        yield Mechanism("code", place, Answer.UNKNOWN, "it was not read; install pinsmith[audit]")
    for file in files:
        for note in file.notes:
            if note.rule == CODE_NOT_READ:
                yield Mechanism("code", file.file, Answer.UNKNOWN, note.message)


def _with(hidden: tuple[Mechanism, ...], mechanisms: tuple[Mechanism, ...]) -> tuple[Mechanism, ...]:
    """Add what was not read, if nothing else may pin the host."""
    is_no = all(mechanism.answer is Answer.NO for mechanism in mechanisms)
    return ranked((*mechanisms, *hidden) if is_no else mechanisms)


class _Pinned(NamedTuple):
    mechanism: Mechanism
    target: Format | None
    file: str

    def covers(self, host: str, parent: str) -> bool:
        """Say whether what pins *parent* pins a host below it."""
        is_near = host.count(".") == parent.count(".") + 1
        reaches_all = self.target is None or self.target.can.subdomains != "one-label"
        return self.mechanism.include_subdomains and (is_near or reaches_all)


def _of_parent(host: str, found: dict[str, list[_Pinned]]) -> list[_Pinned]:
    """Return what pins the nearest parent that covers the host."""
    covering = ([pinned for pinned in found.get(name, ()) if pinned.covers(host, name)] for name in ancestors(host))
    return next(filter(None, covering), [])


def _in_all_parts(
    host: str, pinned: Iterable[_Pinned], mentions: Mentions, files: Iterable[PinnedFile]
) -> tuple[Mechanism, ...]:
    """Return the mechanisms; one of Apple is not "yes" if another part of the app mentions the host without pins."""
    return tuple(
        replace(one.mechanism, answer=Answer.UNPROVEN, reason=gap)
        if one.target is not None
        and one.target.id == "apple-ats"
        and one.mechanism.answer is Answer.YES
        and (gap := unpinned_part(host, one.file, mentions, files))
        else one.mechanism
        for one in pinned
    )


def _exemption(file: PinnedFile, entry: HostPins) -> Mechanism:
    title = file.target.title if file.target else "pinsmith"
    return Mechanism(title, file.file, Answer.NO, _EXEMPT, include_subdomains=entry.include_subdomains)


def _mechanism(
    file: PinnedFile, site: Site, mentions: Mentions, ignored: Mapping[FilePlace, tuple[Answer, str]]
) -> Mechanism:
    entry = site.entry
    answer, reason = _judge(file, site, mentions)
    if answer is Answer.YES:
        answer, reason = ignored.get(site.place, (answer, reason))
    return Mechanism(
        file.target.title if file.target else "pinsmith",
        str(site.place),
        answer,
        reason,
        tuple(dict.fromkeys(key.pin for key in entry.keys)),
        entry.expires,
        entry.include_subdomains,
    )


def _ignored(pins: Unread) -> tuple[Answer, str]:
    """Return the answer for pins that Dart does not read."""
    if pins.requested is not None and not pins.doubt:
        return Answer.NO, f"Dart requests it ({pins.requested}), and does not read this file"
    return Answer.UNPROVEN, f"Dart does not read it, only native code does; {pins.doubt}"


def _judge(file: PinnedFile, site: Site, mentions: Mentions) -> tuple[Answer, str]:
    target = file.target.id if file.target else None
    if void := _void(file, site):
        return Answer.NO, void
    if target is None:
        return Answer.UNPROVEN, "pins.toml protects only clients that load it, or what is generated from it"
    if target not in _DECLARED:
        return Answer.UNPROVEN, _PROVE
    if target == "android-nsc":
        answer = judge(file.file, mentions.manifests, mentions.resources)
    else:
        answer = _judge_plist(file.file, mentions)
    if answer[0] is Answer.YES and (weaker := overridden(site.overriding)):
        return weaker
    beside = (stack for folder, stack in mentions.own_stacks.items() if folder in PurePath(file.file).parents)
    if answer[0] is Answer.YES and (stack := next(beside, None)):
        return Answer.UNPROVEN, f"{stack} is in this project too, and its connections ignore this"
    return answer


def _judge_plist(file: str, mentions: Mentions) -> tuple[Answer, str]:
    if file in mentions.not_of_app:
        return Answer.UNPROVEN, "it belongs to an extension or a library, and the app does not read it"
    if _INFO.fullmatch(PurePath(file).name) is None:
        return Answer.UNPROVEN, "the system reads only the Info.plist of an app, and this file has another name"
    project = next((folder.parent for folder in PurePath(file).parents if folder.name in _APPLE_FOLDERS), None)
    code = (name for name in mentions.overruling if project is not None and PurePath(name).is_relative_to(project))
    if overruling := next(code, None):
        return Answer.UNPROVEN, f"a badCertificateCallback in {overruling} can accept what the system refuses"
    return Answer.YES, ""


def _void(file: PinnedFile, site: Site) -> str | None:
    """Return why the pins of a host protect nothing, whatever reads them."""
    entry = site.entry
    if entry.mode == "off":
        return _EXEMPT
    if entry.expires is not None and entry.expires <= file.today:
        return f"its pins ended on {entry.expires}"
    if entry.mode != "enforce":
        return "it only reports, and refuses nobody"
    if (weaker := overridden(site.overriding)) and weaker[0] is Answer.NO:
        return weaker[1]
    voided = next((rule for rule, _ in file.spots if rule in VOIDING and not _compares_leaf(file, rule)), None)
    return None if voided is None else f"the code does not protect: {voided}"


def _compares_leaf(file: PinnedFile, rule: str) -> bool:
    """
    Say whether pins hold although the chain is not checked.

    curl compares the key of the leaf even with ``--insecure`` (docs/lab-results.md), and so does wget 1.21 with
    ``--no-check-certificate``.
    """
    return rule == "pins-without-chain-check" and file.target is not None and file.target.id in _CURL
