"""What is judged: a client that people use, how it is run, and what to tell about it."""

from __future__ import annotations

import atexit
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Profile

PROGRAMS = Path(__file__).parent / "programs"

Group = Literal["command line", "Python with pinsmith", "Python without pinsmith", "Node", "Go"]


@dataclass(frozen=True, slots=True)
class Tool:
    """
    A program or a Python package that subjects need.

    Attributes:
        name: As people know it.
        program: Its file on PATH; empty for a Python package.
        package: The Debian package, or the distribution on PyPI.
        kept: What of the program's words about its version is kept, a regular expression.
        option: What makes it say them.
    """

    name: str
    program: str
    package: str
    kept: str = ""
    option: str = "--version"

    def find(self) -> str:
        """Return its path; a test that cannot is skipped, which ``--no-skips`` makes a failure."""
        found = shutil.which(self.program)
        if found is None:
            pytest.skip(f"{self.program} is not installed: apt-get install {self.package}")
        return found

    @property
    def version(self) -> str:
        """What it says its version is."""
        if not self.program:
            return metadata.version(self.package)
        done = subprocess.run([self.find(), self.option], capture_output=True, text=True, check=True)
        return ", ".join(dict.fromkeys(re.findall(self.kept, done.stdout)))


CURL = Tool("curl", "curl", "curl", r"(?<=^curl )[\d.]+|(?:OpenSSL|GnuTLS)/[\w.]+")
WGET = Tool("GNU Wget", "wget", "wget", r"(?<=^GNU Wget )[\d.]+|(?<=\+ssl/)\w+")
OPENSSL = Tool("OpenSSL", "openssl", "openssl", r"(?<=^OpenSSL )[\w.]+", "version")
NODE = Tool("Node", "node", "nodejs", r"(?<=^v)[\d.]+")
GO = Tool("Go", "go", "golang-go", r"(?<=go)\d[\d.]+", "version")
REQUESTS = Tool("requests", "", "requests")
TOOLBELT = Tool("requests-toolbelt", "", "requests-toolbelt")
URLLIB3 = Tool("urllib3", "", "urllib3")
HTTPX = Tool("httpx", "", "httpx")
AIOHTTP = Tool("aiohttp", "", "aiohttp")
TOOLS = (CURL, WGET, OPENSSL, NODE, GO, REQUESTS, TOOLBELT, URLLIB3, HTTPX, AIOHTTP)


@dataclass(frozen=True, slots=True)
class Subject:
    """
    A client, a member of the family.

    Its command may name the placeholders of the lab, and besides: ``{python}`` and ``{programs}``; ``{go}``, the
    program compiled from client.go; ``{certificate-sha256}``, the fingerprint of the certificate with the pinned key,
    hex; ``{pin-hex}``, the first pin; ``{pins-base64}``, all pins, bare; ``{own-root}``, a PEM file of the one
    authority that the host has its certificate from.

    Attributes:
        id: The name of its anchor, and in the table of what is expected.
        title: As its users call it.
        group: Where it stands on the page.
        tools: What must be installed.
        command: The program and its arguments.
        about: What it does, in words that the run can show to be wrong.
        advice: What to do about what it fails.
        profile: What it compares.
    """

    id: str
    title: str
    group: Group
    tools: tuple[Tool, ...]
    command: tuple[str, ...]
    about: str
    advice: str
    profile: Profile = "leaf"

    def require_tools(self) -> None:
        """Skip the test unless every tool is there; a Python package that is not there is an error."""
        for tool in self.tools:
            if tool.program:
                tool.find()

    def static_values(self) -> dict[str, str]:
        """Return the values of the placeholders that are the same for every start."""
        values = {"python": sys.executable, "programs": str(PROGRAMS)}
        return values | {"go": compiled()} if GO in self.tools else values


@cache
def compiled() -> str:
    """Compile client.go once; return the path of the program."""
    folder = tempfile.mkdtemp(prefix="pinsmith-judged-")
    atexit.register(shutil.rmtree, folder)
    program = Path(folder) / "client"
    # Nothing is fetched: the standard library alone, and the compiler that is installed.
    environment = os.environ | {"CGO_ENABLED": "0", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GO111MODULE": "off"}
    subprocess.run([GO.find(), "build", "-o", program, PROGRAMS / "client.go"], env=environment, check=True)
    return str(program)


def versions() -> dict[str, str]:
    """List everything that takes part, with its version."""
    python = f"{platform.python_implementation()} {platform.python_version()}, {ssl.OPENSSL_VERSION}"
    return {"Python": python, **{tool.name: tool.version for tool in TOOLS}}
