"""Answer for a source tree, from the files that lint reads."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith.answers._answer import Answer, HostAnswer, Mechanism, ranked
from pinsmith.answers._mention import domain_of, own_domains
from pinsmith.host import ancestors
from pinsmith.rules import VOIDING
from pinsmith.rules._unread import Unread, unread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinsmith.answers._mention import Mentions
    from pinsmith.finding import FilePlace
    from pinsmith.rules import PinnedFile
    from pinsmith.rules._rule import Site

_CURL: Final = {"curl", "curl-shell", "php-curl"}
_DECLARED: Final = {"android-nsc", "apple-ats"}
_PROVE: Final = "only the lab can prove that it refuses attackers"


def answers_of_source(
    files: Iterable[PinnedFile], mentions: Mentions, domains: Iterable[str] = ()
) -> tuple[HostAnswer, ...]:
    """
    Return an answer for each host that is pinned or mentioned, in the order of their names.

    Args:
        files: From `pinsmith.rules.read`.

        mentions: Those of all files.

        domains: Further domains of the owner, canonical.
    """
    files = tuple(files)
    ignored = {one.site.place: _ignored(one) for one in unread(files)}
    found: dict[str, list[Mechanism]] = {}
    for file in files:
        for site in file.sites:
            found.setdefault(site.entry.host, []).append(_mechanism(file, site, mentions, ignored))
    own = own_domains([*found, *domains])
    return tuple(
        HostAnswer(
            host,
            ranked(tuple(found.get(host) or _of_parent(host, found))),
            mention.place if (mention := mentions.hosts.get(host)) else None,
            is_own=host in found or domain_of(host) in own,
        )
        for host in sorted({*found, *mentions.hosts})
    )


def _of_parent(host: str, found: dict[str, list[Mechanism]]) -> list[Mechanism]:
    """Return the mechanisms of the nearest parent that cover subdomains."""
    covering = (
        [mechanism for mechanism in found.get(name, ()) if mechanism.include_subdomains] for name in ancestors(host)
    )
    return next(filter(None, covering), [])


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
    if void := _void(file, site, mentions):
        return Answer.NO, void
    if target is None:
        return Answer.UNPROVEN, "pins.toml protects only clients that load it, or what is generated from it"
    if target not in _DECLARED:
        return Answer.UNPROVEN, _PROVE
    if target == "android-nsc" and not mentions.has_manifest:
        return Answer.UNPROVEN, "no AndroidManifest.xml was found that names it"
    return Answer.YES, ""


def _void(file: PinnedFile, site: Site, mentions: Mentions) -> str | None:
    """Return why the pins of a host protect nothing, whatever reads them."""
    entry = site.entry
    if entry.expires is not None and entry.expires <= file.today:
        return f"its pins ended on {entry.expires}"
    if entry.mode != "enforce":
        return "it only reports, and refuses nobody"
    voided = next((rule for rule, _ in file.spots if rule in VOIDING and not _compares_leaf(file, rule)), None)
    if voided is not None:
        return f"the code does not protect: {voided}"
    is_unnamed = mentions.has_manifest and PurePath(file.file).stem not in mentions.configurations
    if file.target is not None and file.target.id == "android-nsc" and is_unnamed:
        return "no AndroidManifest.xml names it, so Android does not read it"
    return None


def _compares_leaf(file: PinnedFile, rule: str) -> bool:
    """
    Say whether pins hold although the chain is not checked.

    curl compares the key of the leaf even with ``--insecure`` (docs/lab-results.md). wget does not.
    """
    is_curl = file.target is not None and file.target.id in _CURL and "wget" not in file.text
    return is_curl and rule == "pins-without-chain-check"
