"""The guards around every test work: no way off the machine, a clean environment, no silent skip."""

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
    """A connection to anywhere else is an error of the test, not a packet."""
    with socket.socket() as one, pytest.raises(RuntimeError, match="tests stay on the loopback"):
        one.connect(("192.0.2.1", 443))


@pytest.mark.parametrize("name", ["example.com", b"example.com", "test", "192.0.2.1"])
def test_no_test_asks_for_a_name_that_somebody_may_have(name: str | bytes) -> None:
    """Looking a name up leaves the machine as well."""
    with pytest.raises(RuntimeError, match="tests stay on the loopback"):
        socket.getaddrinfo(name, 443)


def test_the_loopback_is_open() -> None:
    """What tests need is not refused."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def _run_pytest(folder: Path, code: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a test file of its own under this project's conftest."""
    (folder / "conftest.py").write_text((source.ROOT / "tests" / "conftest.py").read_text("utf-8"))
    (folder / "test_it.py").write_text(code)
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-c",
            os.devnull,
            "--rootdir",
            str(folder),
            "-p",
            "no:cacheprovider",
            *words,
        ],
        cwd=folder,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


SKIPPING = "import pytest\n@pytest.mark.skip(reason={!r})\ndef test_a(): pass\ndef test_b(): pass\n"


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        (SKIPPING.format("no redis-server here"), 1),
        ("import pytest\npytest.importorskip('no_such_module')\n", 1),
        (SKIPPING.format("needs Python 3.13"), 0),
        ("import pytest\n@pytest.mark.xfail\ndef test_a(): assert 0\n", 0),
    ],
    ids=["a missing tool", "a missing module", "another Python", "an expected failure"],
)
def test_a_skip_for_a_missing_tool_fails_where_it_must(tmp_path: Path, code: str, exit_code: int) -> None:
    """With --no-skips a missing tool never looks like a pass; what another Python would run may be skipped."""
    done = _run_pytest(tmp_path, code, "--no-skips")
    # A module that skips itself leaves no test: 5 of pytest is as red as 1.
    assert (done.returncode in {1, 5}) == bool(exit_code), done.stdout
    assert ("skipped, which --no-skips forbids" in done.stdout) == bool(exit_code)


def test_skips_in_other_processes_are_seen(tmp_path: Path) -> None:
    """The suite runs in several processes, and one of them gathers what the others skip."""
    done = _run_pytest(tmp_path, SKIPPING.format("no redis-server here"), "--no-skips", "-p", "xdist.plugin", "-n", "1")
    assert done.returncode == 1
    assert "no redis-server here" in done.stdout


def test_without_the_option_skips_pass(tmp_path: Path) -> None:
    """Who lacks a tool at home still sees the rest."""
    assert _run_pytest(tmp_path, SKIPPING.format("no redis-server here")).returncode == 0


def test_variables_of_the_machine_do_not_reach_tests(tmp_path: Path) -> None:
    """Proxies, trust stores, colours and our own switches of the caller are gone before the first test."""
    names = ["HTTPS_PROXY", "https_proxy", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NO_COLOR", "PINSMITH_DISABLE"]
    code = f"import os\ndef test_gone(): assert [name for name in {names} if name in os.environ] == []\n"
    dirty = dict.fromkeys(names, "1")
    assert _run_pytest(tmp_path, code, **dirty).returncode == 0
    done = _run_pytest(tmp_path, code, "--noconftest", **dirty)
    assert done.returncode == 1
    assert str(names) in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no SIGINT for children")
def test_interrupts_reach_the_programs_under_test(tmp_path: Path) -> None:
    """A suite that a shell started in the background, where Ctrl-C is ignored, still tests Ctrl-C."""
    code = "import signal\ndef test_it(): assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # children inherit it
    try:
        done = _run_pytest(tmp_path, code)
        ignored = _run_pytest(tmp_path, code, "--noconftest")
    finally:
        signal.signal(signal.SIGINT, before)
    assert (done.returncode, ignored.returncode) == (0, 1), done.stdout


def test_bytecode_is_kept(tmp_path: Path) -> None:
    """A caller who does not want compiled modules would compile every module anew in each worker and program."""
    asserted = "assert not sys.dont_write_bytecode and 'PYTHONDONTWRITEBYTECODE' not in os.environ"
    code = f"import os, sys\ndef test_it(): {asserted}\n"
    assert _run_pytest(tmp_path, code, PYTHONDONTWRITEBYTECODE="1").returncode == 0


def test_every_known_prefix_is_upper_case() -> None:
    """Names are compared in upper case, so a lower-case entry would never match."""
    names = {*conftest.DIRTY_NAMES, *conftest.DIRTY_PREFIXES}
    assert {name for name in names if name != name.upper()} == set()
