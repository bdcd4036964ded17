"""``pinsmith explain HOST --store STORE`` and ``pinsmith explain FILE``: which clients reach a host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.checks.reach import alike
from pinsmith.cli import _clock, _options, _output
from pinsmith.cli._output import Mark
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pinsmith.certificate import Chain
    from pinsmith.checks.reach import PathMatch, Reach, ReachOutcome
    from pinsmith.cli._options import Format
    from pinsmith.cli._output import Line, Tone
    from pinsmith.errors import PinsmithError
    from pinsmith.explaining.records import Records
    from pinsmith.explaining.sent import SentExplanation
    from pinsmith.paths import Store
    from pinsmith.probe import Target

_MAX_POSSIBLE: Final = 3  # paths; JSON lists them all
_WORDS: Final[dict[ReachOutcome, tuple[str, Tone]]] = {
    "accepts": ("accept the host", "good"),
    "depends": ("some are locked out, because clients choose one of several paths", "bad"),
    "locked-out": ("LOCKED OUT, no path has a pinned key", "bad"),
    "untrusted": ("refuse the host, whatever they pin", "bad"),
    "not-enforced": ("trust the chain, and compare no pins", "warn"),
    "unknown": ("unknown", "warn"),
}


def store_of(cafile: Path) -> Store:
    """
    Return the trust store of clients that trust the certificates in *cafile*, PEM.

    Raises:
        FileError: If it cannot be read or contains no certificate.
    """
    from pinsmith.paths import Store

    anchors = _options.trust_of(cafile).anchors()
    return Store.of_certificates(anchors, id="cafile", title=str(cafile), day=_clock.now().date())


def explain_file(path: Path, records: Records, stores: Sequence[Store], output: Format) -> int:
    """Explain a chain in a file, and print it; nothing is contacted."""
    from pinsmith.cli._files import read_bytes
    from pinsmith.errors import MaterialError
    from pinsmith.errors.base import about
    from pinsmith.explaining import sent
    from pinsmith.material import MAX_BYTES

    content = read_bytes(path, most=MAX_BYTES)
    with about(path, MaterialError):
        found = sent.explain_file(content, records, stores, place=str(path), now=_clock.now())
    return _print(found, [], output)


def explain_live(
    target: Target, records: Records, stores: Sequence[Store], output: Format, *, timeout_seconds: float
) -> int:
    """Ask each address of a host what it sends, explain each chain, and print them."""
    from pinsmith.errors import CertificateError
    from pinsmith.explaining.sent import explain_sent
    from pinsmith.probe import Failed, Trust
    from pinsmith.probe.survey import survey

    (outcomes,) = survey([target], trust=Trust(), timeout_seconds=timeout_seconds)
    now = _clock.now()
    failed: list[PinsmithError] = [outcome.error for outcome in outcomes if isinstance(outcome, Failed)]
    senders: dict[Chain, list[str]] = {}
    for outcome in outcomes:
        if not isinstance(outcome, Failed):
            senders.setdefault(outcome.presented, []).append(outcome.address or "?")
    found = []
    for sent, addresses in senders.items():
        place = f"{target} ({', '.join(addresses)})"
        try:
            found.append(explain_sent(target.host, sent, records, stores, place=place, now=now))
        except CertificateError as error:  # one bad server must not hide the others
            failed.append(CertificateError(f"{place}: {error}"))
    return _print(found, failed, output)


def _print(found: Iterable[SentExplanation], failed: Sequence[PinsmithError], output: Format) -> int:
    if output == "json":
        from pinsmith.documents.document import encode
        from pinsmith.documents.reach import reach_document

        _output.document(encode(reach_document(found)))
    else:
        _output.result(*(line for known in found for line in _sent(known)))
    for error in failed:
        _output.error(error.code, str(error), details=error.details, hint=error.hint)
    return ExitCode.BROKE if failed else ExitCode.OK


def _sent(known: SentExplanation) -> Iterator[Line]:
    count = f"{len(known.sent)} certificate{'s' if len(known.sent) > 1 else ''}"
    yield [Mark(known.host or "no pinned host", "strong"), f"  {count} from {known.place}"]
    for pinner, reaches in known.clients:
        yield f"  {pinner.who}" + (f": {', '.join(pinner.entry.pins)}" if pinner.entry.pins else "")
        for title, same in alike(reaches):
            yield from _group(title, same[0])


def _group(title: str, first: Reach) -> Iterator[Line]:
    words, tone = _WORDS[first.outcome]
    why = f": {'; '.join(first.why)}" if first.why else ""
    stale = f" (newest known list: {(first.store.updated or first.store).day})" if first.is_stale else ""
    yield [f"    {title}  ", Mark(f"{words}{why}", tone), Mark(stale, "faint")]
    yield from (f"      {_text(match)}" for match in first.matches)
    # Other clients would not look for certificates as long as they have a path.
    if first.possible and (first.store.fetches or not first.matches):
        yield "      possible over published certificates that were not sent:"
        yield from (f"        {_text(match)}" for match in first.possible[:_MAX_POSSIBLE])


def _text(match: PathMatch) -> str:
    keys = f"pinned: {', '.join(match.keys)}" if match.keys else "not pinned"
    bad = "".join(f"; COMPROMISED: {known}" for known in match.path.compromised)
    doubts = f"; in doubt: {', '.join(match.path.doubts)}" if match.path.doubts else ""
    return f"{' > '.join(match.names)}  ({keys}{doubts}{bad})"
