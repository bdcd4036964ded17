"""The files that say who depends on a pin: the pin file, its releases and its journal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith import pinfile
from pinsmith.pinfile.releases import Releases
from pinsmith.policy import Policy
from pinsmith.rotation.journal import NAME, Journal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.release import Release


@dataclass(frozen=True, slots=True)
class Records:
    """
    The pin file, its releases and its journal.

    Attributes:
        policy: The pin file.
        releases: All releases, also those that have ended.
        journal: The journal.
        folder: The folder of the pin file, to which its paths are relative; None if there is no pin file.
    """

    policy: Policy
    releases: Sequence[Release]
    journal: Journal
    folder: Path | None

    @classmethod
    def beside(cls, pin_file: Path | None) -> Records:
        """
        Read the files; without a pin file they are empty.

        Raises:
            FileError: If a file is there, or is the pin file, and cannot be read.
            JournalError: If the journal is damaged.
            ParseError: If a file cannot be understood.
        """
        if pin_file is None:
            return cls(Policy(), (), Journal(Path(NAME), None), None)
        policy = pinfile.load(pin_file)
        return cls(policy, Releases.beside(pin_file).releases, Journal.beside(pin_file), pin_file.parent)

    def alive(self, now: datetime) -> list[Release]:
        """Return the releases that are in use at *now*, which is aware."""
        return [release for release in self.releases if release.is_alive(now)]
