"""What is proven: a target, built from all the pin files of the lab, and run as one program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.prove.claims import CLAIMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pinsmith.lab.scenario import Profile, Scenario
    from tests.prove.variant import Variant

PROGRAMS: Final = Path(__file__).parent / "programs"
DEMANDED: Final = frozenset({"demanded-pins-none", "demanded-pins-ended"})
"""Of `Subject.early`: hosts without pins, refused by their names."""
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pinsmith-prove"
"""What is fetched or compiled once, by language; it may be deleted at any time."""

_BUILD_SECONDS: Final = 1500.0  # a first build fetches and compiles libraries


class NotStagedError(Exception):
    """A scenario has no servers that speak what a client speaks; the text says why."""


def as_it_is(scenario: Scenario) -> Scenario:
    """Return *scenario*: its servers speak HTTPS, and so does the client."""
    return scenario


@dataclass(frozen=True, slots=True)
class Tool:
    """
    A program that subjects need.

    Attributes:
        name: As people know it.
        program: Its file on PATH.
        package: The Debian package.
        kept: What of the program's words about its version is kept, a regular expression.
        arguments: What makes it say them.
    """

    name: str
    program: str
    package: str
    kept: str
    arguments: tuple[str, ...] = ("--version",)

    def find(self) -> str:
        """Return its path; a test that cannot is skipped, which ``--no-skips`` makes a failure."""
        found = shutil.which(self.program)
        if found is None:
            pytest.skip(f"{self.program} is not installed: apt-get install {self.package}")
        return found

    @property
    def version(self) -> str:
        """What it says its version is."""
        done = subprocess.run([self.find(), *self.arguments], capture_output=True, text=True, check=True)
        found = re.search(self.kept, done.stdout + done.stderr)
        assert found is not None, f"{self.program} does not tell its version"
        return found[0]


@dataclass(frozen=True, slots=True)
class Built:
    """
    What a subject has become.

    Attributes:
        command: The program and its arguments, with the placeholders of the lab, and ``{variant}``: the name of the
            pin file of the trial, or with a suffix around it the file that was exported for it.
        versions: What it was built with, by name; for the page.
    """

    command: tuple[str, ...]
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """
    A client made of generated code, a member of the family.

    Attributes:
        id: The name of its section; that of the target, and more if one target has several clients.
        target: The id of the format that is exported.
        title: What the client is.
        build:
            Gets an empty folder and the variants that can be exported; exports each (`Variant.write`), compiles all
            of them into one program, and returns how it is run. Options give each variant a name of its own.
        tools: What must be installed.
        used: The placeholders that the client makes use of; ``policy`` always, as it has whole pin files compiled in.
        profile: What it compares: any key of the verified chain, or the leaf's.
        sabotage: A piece of the generated code, and what it is replaced by to pin nothing: then the lab must object.
        excused: Scenarios that it is known to fail, by id, and why nothing can be done; a test fails if it passes them.
        early: Scenarios, by id, in which it refuses before it connects, so that the lab has nothing to see.
        timeout_seconds: How long one start may take.
        staged: Makes servers of a scenario speak what the client speaks; raises `NotStagedError`.
        claims: What is tried besides the lab's scenarios.
    """

    id: str
    target: str
    title: str
    build: Callable[[Path, Sequence[Variant]], Built]
    sabotage: tuple[str, str]
    tools: tuple[Tool, ...] = ()
    used: frozenset[str] = frozenset({"policy", "url", "cafile"})
    profile: Profile = "chain"
    excused: Mapping[str, str] = field(default_factory=dict)
    early: frozenset[str] = frozenset()
    timeout_seconds: float = 20.0
    staged: Callable[[Scenario], Scenario] = as_it_is
    claims: tuple[Scenario, ...] = CLAIMS


def run(arguments: Sequence[str | Path], folder: Path, **environment: str) -> str:
    """
    Run a tool of a build in *folder*; return what it printed.

    Raises:
        AssertionError: It failed; tells what it said.
    """
    done = subprocess.run(
        list(map(str, arguments)),
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_BUILD_SECONDS,
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0, f"{arguments[0]} failed:\n{told[-6000:]}"
    return done.stdout
