"""Fixtures: servers, started on first use and kept for all tests, and errands to them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from pinsmith.tls.context import PinnedSSLContext
from tests.extended import server as real
from tests.tls.clients.way import Errand
from tests.tls.pki import HOST, PKI

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from pinsmith.policy import Policy


class ErrandTo(Protocol):
    """Point a client at a server; without *policy*, localhost's leaf and backup keys are pinned."""

    def __call__(self, running: real.Running, policy: Policy | None = None) -> Errand: ...


@pytest.fixture(scope="session")
def pki() -> PKI:
    """Make the certificates."""
    return PKI.generate()


@pytest.fixture(scope="session")
def cafile(pki: PKI, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the trust anchors of all these clients to a file."""
    path: Path = tmp_path_factory.mktemp("trust") / "roots.pem"
    path.write_text(pki.trust, "ascii")
    return str(path)


@pytest.fixture
def errand_to(pki: PKI, cafile: str) -> ErrandTo:
    """Return a function that makes errands."""

    def make(running: real.Running, policy: Policy | None = None) -> Errand:
        policy = pki.policy() if policy is None else policy
        return Errand(PinnedSSLContext(policy, cafile=cafile), policy, cafile, HOST, running.port)

    return make


@pytest.fixture(scope="session")
def running(pki: PKI) -> Iterator[Callable[[real.RealServer], real.Running]]:
    """Run each server once with the leaf certificate, and end them all after the tests."""
    started: dict[str, real.Running] = {}
    with ExitStack() as stack:

        def get(server: real.RealServer) -> real.Running:
            if server.id not in started:
                started[server.id] = stack.enter_context(real.run(server, pki.leaf))
            return started[server.id]

        yield get


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the log of the server beside a failure."""
    report = yield
    run = getattr(item, "funcargs", {}).get("target")
    if report.failed and isinstance(run, real.Running):
        report.sections.append((f"log of {run.server.id}", run.program.log[-10_000:]))
    return report
