"""
pins.releases.toml, beside pins.toml: what each shipped version of an app enforces.

`Releases` reads it and changes it in place. A missing file has no releases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from pinsmith import files
from pinsmith.errors import FileError, ParseError, PolicyError
from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile._decode import require_known, require_shape, require_version
from pinsmith.pinfile._fault import FaultError
from pinsmith.pinfile._release import name_problem, read_releases, release_lines
from pinsmith.pinfile._toml import decode, parse_toml
from pinsmith.pinfile._write import require_size, toml_text, toml_value
from pinsmith.syntax.toml import BYTE_ORDER_MARK
from pinsmith.syntax.toml_edit import TOMLEdits

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pinsmith.release import Release

NAME: Final = "pins.releases.toml"
_HEADER: Final = (
    "# What each shipped version of an app enforces. `pinsmith check` covers every version that has not ended.\n"
    "# Commit this file. `pinsmith release add` adds a version, `pinsmith release end` ends one.\n"
    "version = 1\n"
)


class _Document(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    version: int
    release: list[Any] = []


class Releases:
    """
    The releases of a pin file, which can be changed. Comments and order are kept.

    Args:
        text: The whole file; empty if there is none.

        file: The name of the file in errors.

    Attributes:
        releases: In the order of the file.

    Raises:
        ParseError: If *text* is not TOML, or its tables are not those of releases.
    """

    def __init__(self, text: str, *, file: str = NAME) -> None:
        self.file = file
        self._mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        self._text = text.removeprefix(BYTE_ORDER_MARK)
        self._path: Path | None = None
        self._original: bytes | None = None
        self.releases: tuple[Release, ...] = self._read(self._text)

    @classmethod
    def beside(cls, pin_file: Path) -> Releases:
        """
        Read the releases beside *pin_file*.

        Raises:
            ParseError: If the file cannot be understood.
            FileError: If it is there and cannot be read.
        """
        path = pin_file.parent / NAME
        try:
            content: bytes | None = files.read(path, most_bytes=MAX_BYTES)
        except FileError:
            if path.exists() or path.is_symlink():
                raise
            content = None
        found = cls("" if content is None else decode(content, file=str(path)), file=str(path))
        found._path, found._original = path, content
        return found

    def alive(self, now: dt.datetime) -> list[Release]:
        """Return the releases that are in use at *now*, which is aware."""
        return [release for release in self.releases if release.is_alive(now)]

    def add(self, release: Release) -> None:
        """
        Add *release* at the end.

        Raises:
            PolicyError: If it is there already, pins nothing, or a value cannot be written.
        """
        if self._index(release.app, release.version) is not None:
            raise PolicyError(
                f"{release} is in {self.file} already",
                hint=f"what a release enforces cannot change; if the entry is wrong, correct it in {self.file}",
            )
        if not any(entry.mode != "off" and entry.pins for entry in release.hosts):
            raise PolicyError(f"{release} would pin nothing", hint="name the file that the release was built from")
        if release.share:
            self._require_total(
                release.app,
                (*self.releases, release),
                hint=f"correct the shares in {self.file}, or end what nobody uses: `pinsmith release end APP VERSION`",
            )
        if problem := name_problem(release.app) or name_problem(release.version):
            raise PolicyError(f"{release}: {problem[0]}", hint=problem[1])
        text = self._text or _HEADER
        if not text.endswith("\n"):
            text += "\n"
        self._replace(text + "\n" + "\n".join(release_lines(release)) + "\n")

    def end(self, app: str, version: str, day: dt.date) -> Release:
        """
        Ask nobody about a release from *day* on, and return it as it was.

        Raises:
            PolicyError: If there is no such release, or it has ended already.
        """
        at = self._require_index(app, version)
        release = self.releases[at]
        if release.ended is not None:
            raise PolicyError(f"{release} ended on {release.ended} already", hint=f"correct the day in {self.file}")
        edits = TOMLEdits(self._text)
        part = edits.part(("release", at))
        if part is None:
            raise PolicyError(
                f"{release} is not a table of its own", hint=f"write `ended = {day}` into its entry in {self.file}"
            )
        part.insert_entry(f"ended = {day}")
        self._replace(edits.text)
        return release

    def set_shares(
        self, shares: Mapping[tuple[str, str], float], *, day: dt.date, source: str
    ) -> list[tuple[Release, Release]]:
        """
        Set the shares of releases that are here, all of them or none, and return each release as it was and as it is.

        Args:
            shares: The percentage of users, by app and version.

            day: The day of the shares, in UTC.

            source: Where they were read, for people.

        Raises:
            PolicyError: If a release is not here, or an app would have more than 100% of its users.
        """
        edits = TOMLEdits(self._text)
        indices = [self._require_index(app, version) for app, version in shares]
        for at, share in zip(indices, shares.values(), strict=True):
            part = edits.part(("release", at))
            if part is None:
                raise PolicyError(
                    f"{self.releases[at]} is not a table of its own",
                    hint=f"write it as [[release]] in {self.file}, then run the command again",
                )
            values = {"share": toml_value(share), "share-date": str(day), "share-source": toml_text(source)}
            for name, value in values.items():
                if (place := ("release", at, name)) in part.table.entries:
                    part.set_value(place, value)
                else:
                    part.insert_entry(f"{name} = {value}")
        before = self.releases
        after = self._parsed(edits.text)
        for app in dict.fromkeys(app for app, _ in shares):
            self._require_total(
                app,
                after,
                hint="set the shares of all its releases at once, with 0 for those that nobody uses, or end these: "
                "`pinsmith release end APP VERSION`",
            )
        self._text, self.releases = edits.text, after
        return [(before[at], after[at]) for at in indices]

    def save(self) -> None:
        """
        Write the file; the caller holds the lock of the pin file.

        Raises:
            FileError: If it cannot be written, or was changed by somebody else since it was read.
            PolicyError: If it would be too large.
        """
        if self._path is None:
            raise PolicyError("these releases were not read from a file", hint="use Releases.beside")
        content = (self._mark + self._text).encode()
        require_size(content, self.file)
        now = files.read(self._path, most_bytes=MAX_BYTES) if self._path.exists() else None
        if now != self._original:
            raise FileError(
                f"{self._path} cannot be written: another program changed it meanwhile",
                path=str(self._path),
                hint="look at the file, then run the command again",
            )
        files.write_atomically(self._path, content)
        self._original = content

    def _index(self, app: str, version: str) -> int | None:
        wanted = (app, version)
        return next((at for at, each in enumerate(self.releases) if (each.app, each.version) == wanted), None)

    def _require_index(self, app: str, version: str) -> int:
        at = self._index(app, version)
        if at is None:
            raise PolicyError(f"there is no release {app} {version} in {self.file}", hint="see `pinsmith release list`")
        return at

    def _require_total(self, app: str, releases: Iterable[Release], *, hint: str) -> None:
        shares = (release.share or 0 for release in releases if release.app == app and release.ended is None)
        if (total := round(sum(shares), 6)) > 100:  # noqa: PLR2004 - percent
            raise PolicyError(
                f"the releases of {app} that have not ended would have {total:g}% of its users", hint=hint
            )

    def _replace(self, text: str) -> None:
        self.releases = self._parsed(text)
        self._text = text

    def _parsed(self, text: str) -> tuple[Release, ...]:
        try:
            return self._read(text)
        except ParseError as error:
            raise PolicyError(f"{self.file} cannot contain that: {error}", hint=error.hint) from error

    def _read(self, text: str) -> tuple[Release, ...]:
        if not text.strip():
            return ()
        data = parse_toml(text, file=self.file)
        try:
            require_version(data)
            require_known((), data, _Document)
            tables = data.get("release", [])
            require_shape(("release",), tables, list, "tables, [[release]]")
            return tuple(read_releases(tables))
        except FaultError as fault:
            raise fault.in_file(text, self.file) from fault.__cause__
