"""Put what was counted into the text of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.readers.counted import language, reasons, sentence, table, tallies, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.readers.labels import Label

BEGIN: Final = "<!-- Read: written by `UPDATE_CORPUS=1 pytest tests/readers`. -->\n"
END: Final = "<!-- End of what was read. -->\n"
BEGIN_PUBLIC: Final = "<!-- Read in public files: written by `UPDATE_CORPUS=1 pytest tests/readers`. -->\n"
END_PUBLIC: Final = "<!-- End of what was read in public files. -->\n"


def page(text: str, labels: Sequence[Label], public: Sequence[Label]) -> str:
    """Return the text of the page with the counts of our files, and of those that are *public*."""
    ours = (
        f"\n{sentence(total(labels))}\n"
        f"{table('language', tallies(labels, language))}\n"
        f"{table('reader', tallies(labels, lambda label: f'`{label.reader}`'))}\n"
        f"{_listed(labels)}"
    )
    theirs = (
        f"\n{sentence(total(public))}\n{table('reader', tallies(public, lambda label: f'`{label.reader}`'))}\n"
        f"{_listed(public)}"
    )
    text = _between(text, BEGIN, END, ours)
    return _between(text, BEGIN_PUBLIC, END_PUBLIC, theirs)


def _listed(labels: Sequence[Label]) -> str:
    heads = {"missed": "Missed are:", "wrong": "Read although they are not pins:", "refused": "Refused are:"}
    lists = ((head, reasons(labels, outcome)) for outcome, head in heads.items())
    return "".join(f"{head}\n\n{listed}\n" for head, listed in lists if listed)


def _between(text: str, begin: str, end: str, inner: str) -> str:
    head, _, rest = text.partition(begin)
    return f"{head}{begin}{inner}{end}{rest.partition(end)[2]}"
