"""Somebody who follows a guide with the compilers of its language ends with a client that passes the lab."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.pages.conftest import reader
from tests.pages.page import GUIDES, steps
from tests.prove import dotnet, jvm
from tests.prove.go import GO
from tests.prove.npm import NODE, NPM, installed
from tests.prove.php import PHP
from tests.prove.ruby import RUBY
from tests.prove.rust import CARGO
from tests.prove.shell import CURL
from tests.prove.subject import CACHE

if TYPE_CHECKING:
    from tests.pages.reader import Reader
    from tests.prove.subject import Tool

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]

__all__ = ["reader"]

TOOLS: Final[dict[str, tuple[Tool, ...]]] = {
    "curl": (CURL,),
    "dotnet": (dotnet.MONO, NODE, NPM),
    "go": (GO,),
    "java": (jvm.JAVA, jvm.JAVAC),
    "node": (NODE,),
    "php": (PHP,),
    "python": (),
    "ruby": (RUBY,),
    "rust": (CARGO,),
}
"""The programs that the clients of a guide need, by page."""
HOMES: Final = {
    "CARGO_HOME": Path.home() / ".cargo",
    "RUSTUP_HOME": Path.home() / ".rustup",
    "GOCACHE": CACHE / "go",
}
DOTNET: Final = """\
#!/bin/sh
# dotnet run -- ARGUMENTS, without MSBuild
set -eu
export PINSMITH_ROSLYN="{roslyn}"
"{sdk}/Sdk" compile app.dll "{sdk}/framework" *.cs >&2
shift 2
exec "{sdk}/Sdk" run app.dll "$@"
"""
PAGES: Final = [
    page.stem
    for page in sorted(GUIDES.glob("*.md"))
    if any(step.text.startswith("pinsmith lab run") for step in steps(page))
]


@pytest.fixture(autouse=True)
def _kept_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let compilers find what they keep in the home of the user, because the reader has another home."""
    for name, folder in HOMES.items():
        monkeypatch.setenv(name, os.environ.get(name, str(folder)))


def _install_dotnet(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program `dotnet` on PATH, which compiles all sources of a folder with the compiler of the proof."""
    packages = installed("dotnet")
    sdk = dotnet._sdk(packages)
    made = folder / "bin" / "dotnet"
    made.parent.mkdir()
    made.write_text(DOTNET.format(sdk=sdk, roslyn=packages / dotnet._ROSLYN))
    made.chmod(0o755)
    monkeypatch.setenv("PATH", f"{made.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize("page", PAGES)
def test_the_client_of_a_guide_passes_the_lab(
    page: str, reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command of the page works, also `pinsmith lab run` with the client that the page builds."""
    for tool in TOOLS[page]:
        tool.find()
    if page == "dotnet":
        _install_dotnet(tmp_path, monkeypatch)
    reader.follow(GUIDES / f"{page}.md")
