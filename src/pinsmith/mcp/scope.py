"""How far the tools reach: to the hosts of the pin file, and to files below the working directory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith import files, pinfile
from pinsmith.errors import FileError, UsageError
from pinsmith.host import canonical_host
from pinsmith.limit import MAX_BYTES
from pinsmith.mcp.secret import private_keys
from pinsmith.probe import Target, Trust
from pinsmith.probe.proxy import through
from pinsmith.probe.reach import Reach
from pinsmith.probe.survey import survey, survey_places
from pinsmith.probe.target import policy_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pinsmith.pinfile import PinFile
    from pinsmith.probe import FetchOutcome

MAX_HOSTS: Final = 25
"""Hosts that one call connects to."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Scope:
    """
    How far the tools reach.

    Attributes:
        pin_file: Its hosts may be connected to, wherever they are.
        any_host: Whether other hosts may be connected to, if they have only public addresses.
        timeout_seconds: For each connection.
        clock: Returns the time, aware.
    """

    pin_file: Path
    any_host: bool = False
    timeout_seconds: float = 10.0
    clock: Callable[[], datetime] = _now

    def load(self) -> PinFile:
        """
        Read the pin file as it is now.

        Raises:
            ParseError: If it is broken.
            FileError: If it cannot be read.
        """
        return pinfile.load_file(self.pin_file)

    def secrets(self) -> list[str]:
        """Return the private keys in the pin file, which errors about it may quote; none if it cannot be read."""
        try:
            return private_keys(files.read(self.pin_file, most_bytes=MAX_BYTES))
        except FileError:
            return []

    def survey(self, pin_file: PinFile, names: Sequence[str]) -> list[tuple[Target, list[FetchOutcome]]]:
        """
        Retrieve everything that some hosts present, in their order.

        Args:
            pin_file: From `load`.

            names: Hosts, without a port: that of the pin file is used, or 443.

        Raises:
            HostError: If a name is not a host.
            UsageError: If a host may not be connected to.
            ResolveError: If a host outside the pin file has no address.
        """
        policy, hosts = pin_file.policy, list(dict.fromkeys(map(canonical_host, names)))
        listed = [host for host in hosts if policy.entry_of(host) is not None]
        trust = Trust()
        found: dict[str, tuple[Target, list[FetchOutcome]]] = {}
        # An empty list would mean all hosts of the pin file.
        targets = policy_targets(policy, listed, folder=self.pin_file.parent) if listed else []
        targets = [through(target, None) for target in targets]
        others = {host: self._public(pin_file, host) for host in hosts if host not in listed}
        outcomes = survey(targets, trust=trust, timeout_seconds=self.timeout_seconds)
        for target, shown in zip(targets, outcomes, strict=True):
            found[target.host] = target, shown
        places = [place for some in others.values() for place in some]
        for target, shown in survey_places(places, trust=trust, timeout_seconds=self.timeout_seconds).items():
            found[target.host] = target, shown
        return [found[host] for host in hosts]

    def _public(self, pin_file: PinFile, host: str) -> list[Target]:
        """
        Return a target for each address of a host without an entry of its own, so that no other address is dialled.

        Raises:
            UsageError: If it is not allowed.
            OutOfReachError: If one of its addresses is not public.
            ResolveError: If it has no address.
        """
        if not self.any_host and pin_file.policy.find(host) is None:
            raise UsageError(
                f"{host} is not in {self.pin_file.name}, so this server does not connect to it",
                hint="ask the user to pin the host, or to start `pinsmith mcp` with --allow-any-host",
            )
        hint = f"hosts in private networks need an entry of their own in {self.pin_file.name}"
        return Reach().targets(Target(host), hint=hint, timeout_seconds=self.timeout_seconds)

    def path_of(self, name: str) -> Path:
        """
        Return the file or folder *name* below the working directory, relative to it and without links.

        Raises:
            UsageError: If it is elsewhere, or leads elsewhere, or the working directory is not that of a project.
            FileError: If it does not exist, or is neither a file nor a folder.
        """
        here = Path.cwd().resolve()
        if here in {Path(here.anchor), Path.home().resolve()}:
            raise UsageError(
                f"`pinsmith mcp` was started in {here}, which is not the folder of a project, so no path is read",
                hint="set the working directory in the configuration of the client",
            )
        if "\0" in name:
            raise UsageError(f"no file can have the name {name!r}", hint="pass a path below the working directory")
        path = Path(os.path.realpath(here / name))
        # Before anything else, so that no answer shows whether a file exists elsewhere.
        if not path.is_relative_to(here):
            raise UsageError(
                f"{name!r} is not below the folder in which `pinsmith mcp` was started, so it is not read",
                hint="pass a path below that folder, relative to it",
            )
        if not path.is_dir() and not path.is_file():
            problem = "it is neither a file nor a folder" if path.exists() else "it does not exist"
            raise FileError(f"{name!r} cannot be read: {problem}", path=name)
        return path.relative_to(here)

    def read(self, path: Path) -> bytes:
        """
        Read a file below the working directory.

        Raises:
            UsageError: If it leads elsewhere.
            FileError: If it cannot be read.
        """
        return files.read(self.path_of(str(path)), most_bytes=MAX_BYTES)

    def certificates_of(self, path: Path) -> Callable[[str], bytes]:
        """Return a function that reads the trust anchors of a pin file, as far as `read` allows that."""

        def read_certificate(name: str) -> bytes:
            try:
                return self.read(path.parent / name)
            except UsageError as error:  # readers of pin files expect what a file that cannot be opened raises
                raise FileError(str(error), path=name, hint=error.hint) from error

        return read_certificate
