"""The guards around every test work: no connection to another machine, a clean environment, no unexplained skip."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import conftest
from tests.meta import source

if TYPE_CHECKING:
    from pathlib import Path


def test_no_test_leaves_the_machine() -> None:
    """A connection to another machine raises an error in the test and sends no packet."""
    with socket.socket() as one, pytest.raises(RuntimeError, match="tests stay on the loopback"):
        one.connect(("192.0.2.1", 443))


@pytest.mark.parametrize("name", ["example.com", b"example.com", "test", "192.0.2.1"])
def test_no_test_asks_for_a_name_that_somebody_may_have(name: str | bytes) -> None:
    """Looking up a name that may exist raises an error too, because the query would leave the machine."""
    with pytest.raises(RuntimeError, match="tests stay on the loopback"):
        socket.getaddrinfo(name, 443)


def test_the_loopback_is_open() -> None:
    """Connections on the loopback are allowed, because tests need them."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


SKIPPING = "import pytest\n@pytest.mark.skip(reason={!r})\ndef test_a(): pass\ndef test_b(): pass\n"
# A module that skips itself leaves no test, and reports the skip while it is collected.
MISSING = {
    "test_tool.py": SKIPPING.format("no redis-server here"),
    "test_module.py": "import pytest\npytest.importorskip('no_such_module')\n",
}
ALLOWED = {
    "test_version.py": SKIPPING.format("needs Python 3.13"),
    "test_expected.py": "import pytest\n@pytest.mark.xfail\ndef test_a(): assert 0\n",
}
THOROUGH = {"test_thorough.py": "import pytest\n@pytest.mark.thorough\ndef test_a(): pass\n"}
VARIABLES = ["HTTPS_PROXY", "https_proxy", "REQUESTS_CA_BUNDLE", "NO_COLOR", "PINSMITH_DISABLE"]
UNDONE = f"""
import os, signal, sys
def test_variables(): assert [name for name in {VARIABLES} if name in os.environ] == []
def test_interrupts(): assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
def test_bytecode(): assert not sys.dont_write_bytecode and "PYTHONDONTWRITEBYTECODE" not in os.environ
"""


def _run_pytest(folder: Path, files: dict[str, str], *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run *files* as tests in *folder*, with this project's conftest.py."""
    (folder / "conftest.py").write_text((source.ROOT / "tests" / "conftest.py").read_text("utf-8"))
    for name, code in files.items():
        (folder / name).write_text(code)
    options = ["-q", "-c", os.devnull, "--rootdir", str(folder), "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *words],
        cwd=folder,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.thorough
def test_a_skip_for_a_missing_tool_fails_with_no_skips(tmp_path: Path) -> None:
    """With --no-skips a missing tool or module fails the run and is named, also if workers run the tests."""
    done = _run_pytest(tmp_path, MISSING | ALLOWED, "--no-skips", "-p", "xdist.plugin", "-n", "1")
    assert done.returncode == 1
    listed = done.stdout.partition("skipped, which --no-skips forbids")[2].splitlines()
    named = {line.partition(":")[0] for line in listed if line.startswith("test_")}
    assert named == set(MISSING), done.stdout


@pytest.mark.thorough
def test_a_skip_for_another_python_never_fails(tmp_path: Path) -> None:
    """With --no-skips and --thorough, a skip for another Python and an expected failure pass, and all tests run."""
    done = _run_pytest(tmp_path, ALLOWED | THOROUGH, "--no-skips", "--thorough")
    assert done.returncode == 0, done.stdout
    assert "2 passed, 1 skipped, 1 xfailed" in done.stdout


def test_without_the_options_skips_pass_and_thorough_tests_wait(tmp_path: Path) -> None:
    """Without these options a missing tool only skips its tests, and tests marked thorough are left to CI."""
    done = _run_pytest(tmp_path, MISSING | THOROUGH)
    assert done.returncode == 0, done.stdout
    assert "1 passed, 2 skipped, 1 deselected" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no SIGINT for children")
def test_what_the_caller_changed_does_not_reach_tests(tmp_path: Path) -> None:
    """Variables of the caller are removed, Ctrl-C is not ignored and compiled modules are kept."""
    variables = dict.fromkeys([*VARIABLES, "PYTHONDONTWRITEBYTECODE"], "1")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # children inherit it, as from a shell in the background
    try:
        done = _run_pytest(tmp_path, {"test_undone.py": UNDONE}, **variables)
        control = _run_pytest(tmp_path, {"test_undone.py": UNDONE}, "--noconftest", **variables)
    finally:
        signal.signal(signal.SIGINT, before)
    assert done.returncode == 0, done.stdout
    assert "3 failed" in control.stdout
    assert str(VARIABLES) in control.stdout


def test_every_known_prefix_is_upper_case() -> None:
    """Names are compared in upper case, so a lower-case entry would never match."""
    names = {*conftest.DIRTY_NAMES, *conftest.DIRTY_PREFIXES}
    assert {name for name in names if name != name.upper()} == set()
