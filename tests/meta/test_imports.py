"""`import pinsmith` stays light: a program that only enforces pins does not load anything else."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

COMMAND_LINE = {"click", "jinja2", "pinsmith.cli", "rich", "tomlkit"}
CLIENTS = {"aiohttp", "http", "httpx", "requests", "urllib3"}
# The rest are other modules that the classes of enforcement do not need.
HEAVY = (
    COMMAND_LINE
    | CLIENTS
    | {"asyncio", "cryptography", "email", "hypothesis", "idna", "logging", "msgspec", "publicsuffixlist", "pydantic"}
    | {"pinsmith.lab", "pinsmith.probe"}
)


def _loaded_by(code: str) -> set[str]:
    """Run *code* in a fresh interpreter and return everything that it imported, at any depth."""
    program = (
        "import sys\nbefore = set(sys.modules)\n"
        f"{code}\n"
        "loaded = sorted(set(sys.modules) - before)\nimport json\nprint(json.dumps(loaded))"
    )
    done = subprocess.run(
        # Isolated mode (-I) ignores start-up code of the site.
        [sys.executable, "-I", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def _heavy(loaded: set[str], heavy: set[str]) -> set[str]:
    return {name for name in heavy if any(module == name or module.startswith(f"{name}.") for module in loaded)}


def test_import_pinsmith_loads_nothing_heavy() -> None:
    """Importing the package alone loads no heavy module."""
    assert not _heavy(_loaded_by("import pinsmith"), HEAVY)


def test_enforcement_loads_no_command_line_and_no_client() -> None:
    """A pinned context needs only the standard library, and no HTTP client of that."""
    assert not _heavy(_loaded_by("import ssl; from pinsmith import PinnedSSLContext"), HEAVY)


def test_a_program_that_loads_a_pin_file_needs_no_command_line_and_no_client() -> None:
    """A program that reads a pin file and makes a context loads neither the command line nor a client."""
    program = "from pinsmith import PinnedSSLContext, pinfile; PinnedSSLContext(pinfile.parse('version = 1'))"
    assert not _heavy(_loaded_by(program), COMMAND_LINE | CLIENTS)


def test_a_sender_loads_nothing_before_its_first_report() -> None:
    """A program that could send reports pays for it when it has one."""
    program = "import ssl; from pinsmith import PinnedSSLContext; from pinsmith.reports import Sender; Sender()"
    assert not _heavy(_loaded_by(program), HEAVY | {"json", "urllib", "pinsmith.reports._reading"})


def test_the_check_can_fail() -> None:
    """The check reports a heavy import at any depth."""
    assert _heavy(_loaded_by("import http.client"), HEAVY) >= {"http", "email"}


def test_the_help_of_the_server_for_agents_does_not_load_its_protocol() -> None:
    """`pinsmith mcp --help` does not load the extra, which takes a second to import."""
    loaded = _loaded_by("from pinsmith.cli import main; main(['mcp', '--help'])")
    assert not _heavy(loaded, {"anyio", "asyncio", "mcp", "mcp_types", "pinsmith.mcp", "pydantic"})


@pytest.mark.parametrize("words", [["--version"], ["--help"]], ids=" ".join)
def test_the_command_line_answers_small_questions_without_the_library(words: list[str]) -> None:
    """`--version` and `--help` load no cryptography, no TOML, no client, and no errors, because those import `ssl`."""
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
