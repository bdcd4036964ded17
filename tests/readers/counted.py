"""Read labelled files, and count the pins that readers find, refuse, miss, and invent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith import audit, importing
from pinsmith.errors import PinsmithError
from tests.readers.labels import SHOWN, hashed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tests.readers.labels import Entry, Label

OUTCOMES: Final = ("found", "refused", "missed", "wrong")
TITLES: Final = {
    "bash": "shell",
    "cpp": "C and C++",
    "csharp": "C#",
    "dart": "Dart",
    "go": "Go",
    "java": "Java",
    "kotlin": "Kotlin",
    "objc": "Objective-C",
    "php": "PHP",
    "python": "Python",
    "ruby": "Ruby",
    "rust": "Rust",
    "swift": "Swift",
    "tsx": "JavaScript and TypeScript",
    "typescript": "JavaScript and TypeScript",
}


def entries(content: bytes, name: str) -> tuple[set[Entry], bool]:
    """Return the pins that a file has for its reader, and whether the reader has anything to say besides."""
    try:
        file = importing.read(content, name)
    except PinsmithError:
        return set(), True
    reading = file.reading
    if reading.policy is not None:
        known = {("-", host.host, key.pin) for host in reading.policy.hosts for key in host.keys}
    else:
        known = {(str(found.line or "-"), found.host, pin.pin) for found in reading.hosts for pin in found.pins}
        known |= {("-", "-", pin.pin) for pin in reading.pins}
    found = {(line, host, pin.base64[:SHOWN]) for line, host, pin in known}
    return found, bool(reading.notes)


@dataclass
class Tally:
    """Files, and pins by outcome."""

    files: int = 0
    pins: Counter[str] = field(default_factory=Counter)

    def add(self, labels: Iterable[Label]) -> None:
        """Count a file."""
        self.files += 1
        for label in labels:
            self.pins[label.outcome] += len(label.pins)

    @property
    def labelled(self) -> int:
        """The pins of the files."""
        return self.pins.total() - self.pins["wrong"]

    def row(self, *titles: str) -> str:
        """Return a row of a table."""
        numbers = [self.files, self.labelled, *(self.pins[outcome] for outcome in OUTCOMES)]
        return f"| {' | '.join((*titles, *map(str, numbers)))} |\n"


def by_file(labels: Iterable[Label]) -> dict[str, list[Label]]:
    """Group labels by their file."""
    files: dict[str, list[Label]] = {}
    for label in labels:
        files.setdefault(label.file, []).append(label)
    return files


def tallies(labels: Iterable[Label], key: Callable[[Label], str | None]) -> dict[str, Tally]:
    """Count the files by what *key* returns for them; those without are left out."""
    found: dict[str, Tally] = {}
    for file in by_file(labels).values():
        if (name := key(file[0])) is not None:
            found.setdefault(name, Tally()).add(file)
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def total(labels: Iterable[Label]) -> Tally:
    """Count all files."""
    return tallies(labels, lambda _: "").get("", Tally())


def language(label: Label) -> str | None:
    """Return the language of a file of code."""
    found = audit.language_of(PurePath(label.file.removesuffix(".txt")).name)
    return TITLES[found.id] if found else None


def sentence(tally: Tally) -> str:
    """Say how many pins were found, with precision and recall."""
    found, wrong = tally.pins["found"], tally.pins["wrong"]
    due = tally.labelled - tally.pins["refused"]
    return (
        f"{tally.files} files contain {tally.labelled} pins, and platforms compare {due} of them. The readers found "
        f"{found} (recall {found / due:.1%}).\nOf the {found + wrong} pins that they reported, wrong were {wrong} "
        f"(precision {found / (found + wrong):.1%}).\n"
    )


def table(title: str, counted: Mapping[str, Tally]) -> str:
    """Return a table of counts."""
    head = f"| {title} | files | pins | found | refused | missed | wrong |\n| - | -: | -: | -: | -: | -: | -: |\n"
    return head + "".join(tally.row(name) for name, tally in counted.items())


def reasons(labels: Iterable[Label], outcome: str) -> str:
    """List why pins were missed, or what is not a pin."""
    pins: Counter[str] = Counter()
    for label in labels:
        if label.outcome == outcome:
            pins[f"`{label.reader}`: {label.reason}"] += len(label.pins)
    return "".join(f"* {reason} ({number})\n" for reason, number in sorted(pins.items()))


def differences(content: bytes, name: str, labels: Iterable[Label], *, is_ours: bool = True) -> Iterator[str]:
    """Yield what a reader does otherwise than the labels of a file say."""
    of: dict[str, set[Entry]] = {outcome: set() for outcome in OUTCOMES}
    for label in labels:
        of[label.outcome] |= label.entries
    found, speaks = entries(content, name)
    found = found if is_ours else {hashed(entry) for entry in found}
    expected = of["found"] | of["wrong"]
    for words, some in (("is not found", expected - found), ("is found, and not labelled so", found - expected)):
        yield from (f"{name}:{line}: a pin of {host}, {pin}, {words}" for line, host, pin in sorted(some))
    if (of["refused"] or of["missed"]) and not speaks:
        yield f"{name}: the reader says nothing about the pins that it leaves out"
