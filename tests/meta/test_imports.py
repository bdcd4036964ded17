"""`import pinsmith` stays light: who only enforces pins pays for nothing else."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# The command line, HTTP clients, and every third-party package that enforcement can do without.
HEAVY = {
    "aiohttp",
    "asyncio",
    "click",
    "cryptography",
    "email",
    "hypothesis",
    "http",
    "httpx",
    "idna",
    "jinja2",
    "logging",
    "msgspec",
    "pinsmith.cli",
    "pinsmith.lab",
    "pinsmith.probe",
    "publicsuffixlist",
    "pydantic",
    "requests",
    "rich",
    "tomlkit",
    "urllib3",
}


def _loaded_by(code: str) -> set[str]:
    """Run *code* in a fresh interpreter and list what it imported, at any depth."""
    program = (
        "import sys\nbefore = set(sys.modules)\n"
        f"{code}\n"
        "loaded = sorted(set(sys.modules) - before)\nimport json\nprint(json.dumps(loaded))"
    )
    done = subprocess.run(
        # Isolated: no site-specific start-up code counts.
        [sys.executable, "-I", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def _heavy(loaded: set[str], heavy: set[str]) -> set[str]:
    return {name for name in heavy if any(module == name or module.startswith(f"{name}.") for module in loaded)}


def test_import_pinsmith_loads_nothing_heavy() -> None:
    """The package alone costs next to nothing."""
    assert not _heavy(_loaded_by("import pinsmith"), HEAVY)


def test_enforcement_loads_nothing_but_ssl_and_itself() -> None:
    """What a pinned context is made of adds no module of the standard library that costs as much as `ssl` itself."""
    loaded = _loaded_by("import ssl; from pinsmith import PinnedSSLContext")
    assert not _heavy(loaded, HEAVY | {"contextlib", "copy", "dataclasses", "datetime", "hashlib", "inspect", "typing"})
    assert not _heavy(loaded, {"pinsmith.authorities._known", "pinsmith.authorities.advice"})


def test_the_check_can_fail() -> None:
    """A heavy import is seen, however deep it happens."""
    assert _heavy(_loaded_by("import http.client"), HEAVY) >= {"http", "email"}


@pytest.mark.parametrize("words", [["--version"], ["--help"]], ids=" ".join)
def test_the_command_line_answers_small_questions_without_the_library(words: list[str]) -> None:
    """`--version` and `--help` load no cryptography, no TOML, no client and no errors, which bring `ssl`."""
    loaded = _loaded_by(f"from pinsmith.cli import main; main({words!r})")
    heavy = {
        "cryptography",
        "ssl",
        "tomlkit",
        "asyncio",
        "pinsmith.errors",
        "pinsmith.lab",
        "pinsmith.probe",
        "urllib3",
    }
    assert not _heavy(loaded, heavy)
