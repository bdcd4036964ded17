"""Rules for every test: a clean environment, no connection to another machine, no unexplained skip."""

from __future__ import annotations

import gc
import os
import signal
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.assertion import rewrite
from _pytest.runner import runtestprotocol
from hypothesis import settings
from hypothesis.strategies import text

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# Variables that would change what a TLS client trusts, where it connects or how output looks.
DIRTY_NAMES = {
    "ALL_PROXY",
    "AWS_CA_BUNDLE",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "COLUMNS",
    "CURL_CA_BUNDLE",
    "FORCE_COLOR",
    "FTP_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LINES",
    "NO_COLOR",
    "NO_PROXY",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "PY_COLORS",
    "REQUESTS_CA_BUNDLE",
    "SSLKEYLOGFILE",
    "TERMINAL_WIDTH",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
    "WSS_PROXY",
    "WS_PROXY",
}
DIRTY_PREFIXES = ("PINSMITH_", "SSL_CERT_", "_PINSMITH_")

# Tests with these markers start programs that may fetch something, or that have a trust store of their own.
REAL_PROGRAMS = ("clients", "extended", "prove", "releases")

# A skip for one of these reasons is expected; any other skip may hide a missing tool.
ALLOWED_SKIPS = ("needs Python ", "needs OpenSSL ", "only on ", "not on ")

ENGINES = Path(__file__).parent / "engines"

_skipped: list[str] = []

# No deadline, because a busy machine must not make a test fail. CI tries more examples in one session, with the
# profile "thorough".
settings.register_profile("project", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None, max_examples=150)
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that CI uses: --thorough, and --no-skips, so that a missing tool does not look like a pass."""
    parser.addoption(
        "--thorough",
        action="store_true",
        help="run the tests marked `thorough` too: further rows of a matrix, and limits at full size",
    )
    parser.addoption(
        "--no-skips",
        action="store_true",
        help=f"fail if a test was skipped for a reason that does not begin with {ALLOWED_SKIPS}",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the tests of engines unless they are asked for, because only their session has what they import."""
    is_asked = str(config.getoption("markexpr")).strip() == "engines"
    return True if collection_path == ENGINES and not is_asked else None


def pytest_configure(config: pytest.Config) -> None:
    """Refuse connections to other machines, also from libraries, and undo what the caller of pytest changed."""
    sys.addaudithook(_refuse_to_leave)
    _restore_interrupts()
    _cache_bytecode()
    _rewrite_share(config)
    gc.disable()  # until all tests are collected


def _restore_interrupts() -> None:
    """Restore Ctrl-C: programs that a shell starts in the background ignore it, and so do their children."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _cache_bytecode() -> None:
    """Compile each module only once: several workers import the tests, and hundreds of programs import pinsmith."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _rewrite_share(config: pytest.Config) -> None:
    """Rewrite the asserts of some test files in a fresh clone: the workers start together, and share this work."""
    if not hasattr(config, "workerinput") or config.getoption("assertmode") != "rewrite":
        return
    worker, workers = int(config.workerinput["workerid"].removeprefix("gw")), config.workerinput["workercount"]
    for path in sorted(Path(__file__).parent.rglob("test_*.py"))[worker::workers]:
        cached = rewrite.get_cache_dir(path) / (path.stem + rewrite.PYC_TAIL)
        if not cached.exists() and rewrite.try_makedirs(cached.parent):
            source, code = rewrite._rewrite_test(path, config)
            rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, source, cached)


def _refuse_to_leave(event: str, args: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        target = args[1][0] if isinstance(args[1], tuple) else ""  # a text is the path of a Unix socket
    elif event == "socket.getaddrinfo":
        target = args[0]
    else:
        return
    name = target.decode() if isinstance(target, bytes) else str(target or "")
    if not _stays_here(name):
        msg = f"a test tried to reach {name!r}; tests stay on the loopback"
        raise RuntimeError(msg)


def _stays_here(name: str) -> bool:
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        # RFC 6761: nobody owns these names, so only tests of failure look them up.
        return name in {"", "localhost"} or name.rstrip(".").endswith((".invalid", ".localhost", ".test"))
    return address.is_loopback or address.is_unspecified


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests marked `thorough`, which CI runs: they repeat a promise, or show it at full size."""
    if config.getoption("--thorough"):
        return
    left_out = [item for item in items if item.get_closest_marker("thorough")]
    if left_out:
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """
    Report a test that passed once, with the time of its set-up, call and teardown, instead of three times.

    A worker sends every report to the process that prints it, and that takes longer than many of the tests. It does not
    send that a test starts or ends, because nothing is printed then.
    """
    hook = item.ihook
    is_worker = hasattr(item.config, "workerinput")
    if not is_worker:
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    calls = [report for report in reports if report.when == "call"]
    if calls and all(report.passed for report in reports):
        calls[0].duration = sum(report.duration for report in reports)
        reports = calls
    for report in reports:
        hook.pytest_runtest_logreport(report=report)
    if not is_worker:
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable(report: pytest.TestReport | pytest.CollectReport) -> Generator[None, Any, Any]:
    """Leave out the keywords, because the process that prints does not use them."""
    data = yield
    if data is not None and "keywords" in data:
        data["keywords"] = {}
    return data


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the garbage collector away from modules and tests, because none of them is freed before the end."""
    if getattr(session.config, "workerinput", {}).get("workerid") == "gw0":
        text().validate()  # Hypothesis keeps a table of all characters in a file, which the other workers will read
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 50)  # collect less often: a worker lives for a minute


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Record skips. Pytest also reports an expected failure as skipped, but that is not a skip."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _note_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Record modules that skip themselves while pytest collects them."""
    if report.skipped:
        _note_skip(report)


def _note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith(ALLOWED_SKIPS):
        _skipped.append(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn a pass with unexplained skips into a failure."""
    if session.config.getoption("--no-skips") and _skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the skips that made the run fail."""
    if terminalreporter.config.getoption("--no-skips") and _skipped:
        terminalreporter.section("skipped, which --no-skips forbids")
        for line in _skipped:
            terminalreporter.line(line)


@pytest.fixture(scope="session", autouse=True)
def unhurried_disk() -> Iterator[None]:
    """Make fsync do nothing, because no test survives a power failure. A test of fsync patches it again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def tables_at_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """
    Create each SQLite database of the service as a copy, because its revisions take four times as long as to open it.

    They run once for each worker, and in programs, which this process only starts.
    """
    store = sys.modules.get("pinsmith.store.store")
    if store is None:  # no test file has imported it
        yield
        return
    from sqlalchemy import create_engine

    first = tmp_path_factory.mktemp("tables") / "first.db"

    def prepare(database: object) -> None:
        is_new = isinstance(database, Path) and not database.exists()
        real(database)
        if is_new and isinstance(database, Path):
            if not first.exists():
                engine = create_engine(f"sqlite:///{first}")
                with engine.begin() as connection:
                    store.migrate(connection)
                engine.dispose()
            database.write_bytes(first.read_bytes())

    real = store.prepare
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "prepare", prepare)
        yield


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """Remove variables of the caller's machine that would change what a test sees."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper() in DIRTY_NAMES or name.upper().startswith(DIRTY_PREFIXES):
                patch.delenv(name)
        patch.setenv("NETRC", os.devnull)  # requests and niquests read passwords from it
        yield


@pytest.fixture(scope="session", autouse=True)
def small_trust_store(request: pytest.FixtureRequest, clean_environment: None) -> Iterator[None]:
    """
    Make the system trust a single root, made for the tests: reading its hundred roots takes 30 ms for each context.

    Compilers and package managers need the real roots.
    """
    with pytest.MonkeyPatch.context() as patch:
        if not any(item.get_closest_marker(name) for item in request.session.items for name in REAL_PROGRAMS):
            patch.setenv("SSL_CERT_FILE", str(Path(__file__).with_name("roots.pem")))
            patch.setenv("SSL_CERT_DIR", os.devnull)
        yield
