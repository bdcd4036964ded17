"""Describe a proven client: a target, built with all the pin files of the lab, and run as one program."""

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
REQUIRE_PINS: Final = frozenset({"require-pins-unpinned-host", "require-pins-expired"})
"""For `Subject.early`: hosts without pins that are refused by their names."""
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pinsmith-prove"
"""The folder for downloads and compiled tools, by language; it may be deleted at any time."""

_BUILD_SECONDS: Final = 1500.0  # a first build downloads and compiles libraries


class NotStagedError(Exception):
    """A scenario cannot have servers that speak the protocol of a client; the text gives the reason."""


def as_it_is(scenario: Scenario) -> Scenario:
    """Return *scenario* unchanged, because its servers and the client speak HTTPS."""
    return scenario


@dataclass(frozen=True, slots=True)
class Tool:
    """
    A program that subjects need.

    Attributes:
        name: The name that people know.
        program: The name of its file on PATH.
        package: The Debian package.
        kept: A regular expression for the part of the version output that is kept.
        arguments: The arguments that print the version.
    """

    name: str
    program: str
    package: str
    kept: str
    arguments: tuple[str, ...] = ("--version",)

    def find(self) -> str:
        """Return the path of the program; without it the test is skipped, which ``--no-skips`` makes a failure."""
        found = shutil.which(self.program)
        if found is None:
            pytest.skip(f"{self.program} is not installed: apt-get install {self.package}")
        return found

    @property
    def version(self) -> str:
        """The version that the program reports."""
        done = subprocess.run([self.find(), *self.arguments], capture_output=True, text=True, check=True)
        found = re.search(self.kept, done.stdout + done.stderr)
        assert found is not None, f"{self.program} does not print its version"
        return found[0]


@dataclass(frozen=True, slots=True)
class Built:
    """
    A subject that has been built.

    Attributes:
        command: The program and its arguments, with the placeholders of the lab and ``{variant}``. That is the name of
            the trial's pin file or, with a suffix, the name of the file that was exported for it.
        versions: The versions that it was built with, by name; for the page.
    """

    command: tuple[str, ...]
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """
    A client that uses generated code.

    Attributes:
        id: The name in test ids and on the page: that of the target, with a suffix if a target has several clients.
        target: The id of the format that is exported.
        title: A phrase that describes the client.
        build:
            Takes an empty folder and the variants that can be exported. It exports every variant (`Variant.write`),
            compiles all of them into one program, and returns its command. Options give each variant its own name.
        tools: The programs that must be installed.
        used: The placeholders that the client uses; always ``policy``, because complete pin files are compiled in.
        profile: The keys that it compares: any key of the verified chain, or that of the leaf.
        sabotage: A piece of the generated code, and a replacement that pins nothing; the lab must notice it.
        excused: The scenarios that it is known to fail, by id, with the reasons; a test fails if it passes them.
        early: The scenarios, by id, in which it refuses before it connects, so that the lab cannot observe it.
        timeout_seconds: The time limit of one start.
        staged: Makes the servers of a scenario speak the protocol of the client; raises `NotStagedError`.
        claims: The scenarios that are tried besides those of the lab.
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
    timeout_seconds: float = 60.0
    staged: Callable[[Scenario], Scenario] = as_it_is
    claims: tuple[Scenario, ...] = CLAIMS


def run(arguments: Sequence[str | Path], folder: Path, **environment: str) -> str:
    """
    Run a tool of a build in *folder*; return what it printed.

    Raises:
        AssertionError: if it failed; the message contains its output.
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
    output = done.stdout + done.stderr
    assert done.returncode == 0, f"{arguments[0]} failed:\n{output[-6000:]}"
    return done.stdout
