"""Describe a judged client: what people use, how it is run, and what the page says about it."""

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
        name: The name that people know.
        program: The name of its file on PATH; empty for a Python package.
        package: The Debian package, or the distribution on PyPI.
        kept: A regular expression for the part of the version output that is kept.
        option: The option that prints the version.
    """

    name: str
    program: str
    package: str
    kept: str = ""
    option: str = "--version"

    def find(self) -> str:
        """Return the path of the program; without it the test is skipped, which ``--no-skips`` makes a failure."""
        found = shutil.which(self.program)
        if found is None:
            pytest.skip(f"{self.program} is not installed: apt-get install {self.package}")
        return found

    @property
    def version(self) -> str:
        """The version that the program or the package reports."""
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
    A judged client.

    Its command may contain the placeholders of the lab, and in addition ``{python}`` and ``{programs}``; ``{go}``, the
    program compiled from client.go; ``{certificate-sha256}``, the fingerprint of the certificate with the pinned key,
    in hex; ``{pin-hex}``, the first pin; ``{pins-base64}``, all pins without prefix; ``{own-root}``, a PEM file of the
    only authority that issues certificates of the host.

    Attributes:
        id: The name in its anchor and in expected.toml.
        title: The name that its users know.
        group: The section of the page.
        tools: The programs and packages that must be installed.
        command: The program and its arguments.
        about: A description of the client that the run could disprove.
        advice: The remedy for the trials that it fails.
        profile: The keys that the client compares.
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
        """Skip the test unless every program is installed; a missing Python package is an error."""
        for tool in self.tools:
            if tool.program:
                tool.find()

    def static_values(self) -> dict[str, str]:
        """Return the values of the placeholders that are the same in every trial."""
        values = {"python": sys.executable, "programs": str(PROGRAMS)}
        return values | {"go": compiled()} if GO in self.tools else values


@cache
def compiled() -> str:
    """Compile client.go once; return the path of the program."""
    folder = tempfile.mkdtemp(prefix="pinsmith-judged-")
    atexit.register(shutil.rmtree, folder)
    program = Path(folder) / "client"
    # Nothing is downloaded: the program uses only the standard library and the installed compiler.
    environment = os.environ | {"CGO_ENABLED": "0", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GO111MODULE": "off"}
    subprocess.run([GO.find(), "build", "-o", program, PROGRAMS / "client.go"], env=environment, check=True)
    return str(program)


def versions() -> dict[str, str]:
    """List every program and package that takes part, with its version."""
    python = f"{platform.python_implementation()} {platform.python_version()}, {ssl.OPENSSL_VERSION}"
    return {"Python": python, **{tool.name: tool.version for tool in TOOLS}}
