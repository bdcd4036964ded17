"""
pins.journal.jsonl, beside pins.toml: what was done with keys, and when.

It is append-only. Each line is an entry, and names the entries before it by the SHA-256 of their lines. So a line that
was changed or removed in the middle is found, and branches merge: `.gitattributes` needs
``pins.journal.jsonl merge=union``, and the next entry names the ends of all branches. It shows accidents and not
attackers, because who can write the file can write it anew.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypedDict

import msgspec

from pinsmith import files
from pinsmith.errors import FileError
from pinsmith.errors.journal import JournalError
from pinsmith.limit import MAX_BYTES
from pinsmith.rotation.possession import Possession

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Unpack

NAME: Final = "pins.journal.jsonl"
PROVEN: Final = "key-proven"
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """
    One line.

    Attributes:
        version: Of the format.
        parents: SHA-256 of the lines of the entries before it that no other entry names, in hexadecimal.
        time: When it was written; UTC, RFC 3339.
        event: What was done, in kebab-case. ``key-proven``: somebody has signed with a private key.
        key: The name of the key at that time; empty if the event is not about one key.
        host: The host, canonical; empty if the event is not about one host.
        facts: What was found then, as text by name.
        proof: The signature, for ``key-proven``.
    """

    version: int = 1
    parents: list[str] = []
    time: str
    event: str
    key: str = ""
    host: str = ""
    facts: dict[str, str] = {}
    proof: Possession | None = None

    def fact_time(self, name: str) -> datetime | None:
        """Return the fact *name* if it is a time, aware; None if it is not."""
        try:
            return moment(self.facts.get(name, ""))
        except ValueError:
            return None


class About(TypedDict, total=False):
    """The optional parts of an `Entry`."""

    key: str
    host: str
    facts: dict[str, str]
    proof: Possession | None


class Journal:
    """
    The journal of a pin file.

    Attributes:
        path: The file; it need not exist.
        original: The file when it was read; None if there was none.
        content: The file as it is, with what was added since; empty if there is no file.
        entries: In the order of the file; empty if there is no file.
        heads: The hashes of the entries that no other entry names.
    """

    def __init__(self, path: Path, content: bytes | None) -> None:
        """
        Read and verify *content*, None if there is no file.

        Raises:
            JournalError: If a line is not an entry, names an unknown entry, or holds no proof or one that is not valid.
        """
        self.path = path
        self.exists = content is not None
        self.original = content
        self.content = content or b""
        self.entries: list[Entry] = []
        known: set[str] = set()
        heads: dict[str, None] = {}  # in their order; a list would take minutes for a large file
        for number, line in enumerate(self.content.splitlines(), 1):
            digest = hashlib.sha256(line).hexdigest()
            entry = self._entry(line, number)
            if digest in known:
                raise JournalError("the entry occurs twice", file=str(path), line=number)
            if unknown := [parent for parent in entry.parents if parent not in known]:
                problem = (
                    f"it follows the entry {unknown[0][:12]}, which no line above has, so a line was changed or removed"
                )
                raise JournalError(problem, file=str(path), line=number)
            known.add(digest)
            for parent in entry.parents:
                heads.pop(parent, None)
            heads[digest] = None
            self.entries.append(entry)
        self.heads = list(heads)

    @classmethod
    def beside(cls, pin_file: Path, *, known: Journal | None = None) -> Journal:
        """
        Read the journal of *pin_file*.

        Args:
            pin_file: The pin file.

            known: The same journal, read before. If the file has not changed, it is returned, and not verified again.

        Raises:
            JournalError: If it is damaged.
            FileError: If it is there and cannot be read.
        """
        path = pin_file.parent / NAME
        if path.is_fifo():  # without a writer, reading it would wait for ever and keep the lock
            hint = "delete the pipe, and restore the file from version control"
            raise FileError(f"{path} cannot be read: it is a pipe", path=str(path), hint=hint)
        try:
            content: bytes | None = files.read(path, most_bytes=MAX_BYTES)
        except FileError:
            if path.exists() or path.is_symlink():
                raise
            content = None
        return known if known is not None and known.original == content else cls(path, content)

    def last(self, event: str, host: str, **facts: str) -> Entry | None:
        """Return the last entry about *host* with this event and these facts; None if there is none."""
        found = (entry for entry in self.entries if entry.event == event and entry.host == host)
        return next((entry for entry in reversed(list(found)) if facts.items() <= entry.facts.items()), None)

    def last_proof(self, pin: str, now: datetime | None = None) -> Possession | None:
        """
        Return the newest proof that the private key of *pin* exists; None if there is none.

        Args:
            pin: As in the pin file.

            now: Aware. A proof of a later day was made by a wrong clock, and would count for years, so it counts for
                nothing. None for every proof.
        """
        return max(self._proofs(pin, now), key=lambda proof: proof.time, default=None)

    def custody_sites(self, pin: str, since: datetime | None = None, now: datetime | None = None) -> list[Possession]:
        """
        Return the newest proof from each place where a copy of the private key of *pin* is kept; the newest first.

        Proofs without a place stand together. Copies in one place are lost together, so two places are two lives.

        Args:
            pin: As in the pin file.

            since: Aware; older proofs do not count. None for every proof.

            now: As for `last_proof`.
        """
        earliest = f"{since.astimezone(UTC):{_TIME}}" if since is not None else ""
        sites: dict[str, Possession] = {}
        for proof in self._proofs(pin, now):
            if proof.time >= earliest and (proof.custody not in sites or proof.time > sites[proof.custody].time):
                sites[proof.custody] = proof
        return sorted(sites.values(), key=lambda proof: proof.time, reverse=True)

    def _proofs(self, pin: str, now: datetime | None) -> Iterator[Possession]:
        latest = f"{now.astimezone(UTC) + timedelta(days=1):{_TIME}}" if now is not None else "A"  # after every digit
        proofs = (entry.proof for entry in self.entries if entry.proof is not None and entry.proof.pin == pin)
        return (proof for proof in proofs if proof.time <= latest)

    def append(self, event: str, now: datetime, **about: Unpack[About]) -> Entry:
        """
        Write one more entry; the caller holds the lock of the pin file.

        Raises:
            FileError: If the file cannot be written.
        """
        entry = self.add(event, now, **about)
        files.write_atomically(self.path, self.content)
        return entry

    def add(self, event: str, now: datetime, **about: Unpack[About]) -> Entry:
        """Add one more entry to `content`, and write nothing: for a transaction with other files."""
        entry = Entry(parents=self.heads, time=f"{now.astimezone(UTC):{_TIME}}", event=event, **about)
        line = msgspec.json.encode(entry)
        before = self.content if not self.content or self.content.endswith(b"\n") else self.content + b"\n"
        self.content = before + line + b"\n"
        self.entries.append(entry)
        self.heads = [hashlib.sha256(line).hexdigest()]
        return entry

    def _entry(self, line: bytes, number: int) -> Entry:
        try:
            entry = msgspec.json.decode(line, type=Entry)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise JournalError(f"it is not an entry: {error}", file=str(self.path), line=number) from error
        if entry.version != 1:
            problem = f"its version is {entry.version}, but this pinsmith reads version 1"
            raise JournalError(problem, file=str(self.path), line=number)
        if fault := _fault(entry):
            raise JournalError(fault, file=str(self.path), line=number)
        return entry


def moment(time: str) -> datetime:
    """Return the time of an entry or a proof, aware."""
    return datetime.strptime(time, _TIME).replace(tzinfo=UTC)


def written(when: datetime) -> str:
    """Return an aware time as entries and facts contain it."""
    return f"{when.astimezone(UTC):{_TIME}}"


def shifted(when: datetime, by: timedelta) -> datetime:
    """Return *when* plus *by*, at most the last day that Python knows, and at least the first; *when* is aware."""
    try:
        return when + by
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if by > timedelta() else datetime.min.replace(tzinfo=UTC)


def _fault(entry: Entry) -> str | None:
    """Say why an entry does not hold; None if it does."""
    try:
        is_time = f"{datetime.strptime(entry.time, _TIME):{_TIME}}" == entry.time  # noqa: DTZ007 - the text ends in Z
    except ValueError:
        is_time = False
    if not is_time:
        return f"its time is {entry.time!r}, expected one such as 2026-06-15T12:00:00Z"
    if entry.event == PROVEN and entry.proof is None:
        return f"it says that {entry.key} was proven, and holds no proof"
    if entry.proof is None:
        return None
    if fault := entry.proof.fault():
        return f"the proof of {entry.key} is not valid: {fault}"
    return None if entry.proof.time == entry.time else f"the proof of {entry.key} is of {entry.proof.time}"
