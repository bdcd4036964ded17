"""Read the files that `pinsmith lint` looks at, and ask their hosts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pinsmith import rules
from pinsmith.answers.gather import Source, gather
from pinsmith.checks.via import via_of
from pinsmith.cli import _clock, _output
from pinsmith.cli._files import read_bytes
from pinsmith.cli._options import find_pin_file, trust_of
from pinsmith.errors import PinsmithError
from pinsmith.limit import MAX_BYTES
from pinsmith.policy import Policy
from pinsmith.rules._files import find_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from pinsmith.answers import Mentions
    from pinsmith.finding import Finding
    from pinsmith.probe import FetchOutcome
    from pinsmith.rules import AllowTable, FilesRead, PinnedFile


def read_files(
    paths: Iterable[Path], *, today: date, baseline: Path | None = None, mentions: Mentions | None = None
) -> FilesRead:
    """
    Read files as `pinsmith.rules.read_files`, with a progress bar and a warning if code was not read.

    Args:
        paths: As there.

        today: As there.

        baseline: As there.

        mentions: Gets what every file mentions, also those that have nothing to do with pins.

    Raises:
        FileError: If a file that was named cannot be opened.
        UnknownFormatError: If a file that was named is not recognised.
    """
    files: dict[str, PinnedFile] = {}
    unread: list[str] = []
    broken: list[Finding] = []
    sources = [
        Source(path, name, is_named, read_bytes(path, most=MAX_BYTES) if name == "-" else None)
        for name, (path, is_named) in find_files(paths, baseline, broken).items()
    ]
    watch = partial(_output.progress, what="reading")
    found = gather(sources, today=today, looks_for_hosts=mentions is not None, watch=watch)
    for source, one in zip(sources, found, strict=True):
        one.read.into(source.name, files, broken, unread)
        if mentions is not None:
            mentions.add(one.mentions)
    if unread:
        number = f"{len(unread)} files of code were" if unread[1:] else f"{unread[0]} was"
        _output.warning(f"{number} not read: install pinsmith[audit] to find pins in code")
    return rules.FilesRead([*files.values()], broken, unread, len(sources))


def compare_live(files: Sequence[PinnedFile], proxy: str | None, cafile: Path | None, timeout: float) -> list[Finding]:
    """Ask the hosts of *files*, with a progress bar, and return the differences."""
    from pinsmith.probe.proxy import through
    from pinsmith.probe.survey import survey_each

    targets = [through(target, proxy) for target in rules.targets(files)]
    found: dict[str, list[FetchOutcome]] = {}
    with _output.progress(len(targets), "comparing") as tick:
        for number, outcomes in survey_each(targets, trust=trust_of(cafile), timeout_seconds=timeout):
            found.setdefault(targets[number].host, []).extend(outcomes)
            tick()
    policy = Policy(tuple({site.entry.host: site.entry for file in reversed(files) for site in file.sites}.values()))
    via = {target.host: via_of(policy, target, cafile) for target in targets}
    return list(rules.compare(files, found, via=via, now=_clock.now()))


def settled(files: Sequence[PinnedFile]) -> tuple[list[PinnedFile], tuple[AllowTable, ...]]:
    """Take account of the nearest pin file, as `pinsmith.rules.settle` does."""
    try:
        path = find_pin_file(None)
    except PinsmithError:
        path = None
    return rules.settle(files, path)
