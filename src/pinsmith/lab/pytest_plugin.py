"""Fixtures for the tests of other projects. pytest finds them if pinsmith is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from pinsmith.lab.laboratory import Laboratory, LabServer
    from pinsmith.lab.own_policy import PolicyServers
    from pinsmith.lab.pki.lab_pki import PKICache
    from pinsmith.policy import Policy

# Every run of pytest imports these modules, even if no test uses the fixtures.


@pytest.fixture(scope="session")
def _lab_pkis() -> PKICache:
    from pinsmith.lab.pki.lab_pki import PKICache

    return PKICache()


@pytest.fixture
def lab(_lab_pkis: PKICache, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """Judge a client with hostile servers: ``lab.require(client)``. Keys are made once for each session."""
    from pinsmith.lab.laboratory import Laboratory

    with Laboratory(tmp_path_factory.mktemp("pinsmith-lab"), pkis=_lab_pkis) as laboratory:
        yield laboratory


@pytest.fixture
def lab_server(lab: Laboratory) -> LabServer:
    """Serve TLS on the loopback with a pinned key. ``lab.server(rogue=True)`` starts an impostor."""
    return lab.server()


@pytest.fixture
def lab_policy(
    _lab_pkis: PKICache, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., PolicyServers]]:
    """
    Serve a host of your own policy: ``lab_policy("pins.toml", host="api.example.com")``.

    The result has the servers ``good``, ``rogue`` and ``expired``, and a ``policy``, a ``context`` and a ``cafile`` for
    your client. Until the test ends, the host resolves to the loopback in this process.
    """
    import socket

    from pinsmith.lab.own_policy import resolving, serve_policy
    from pinsmith.lab.stage import Stage

    names: set[str] = set()
    monkeypatch.setattr(socket, "getaddrinfo", resolving(names))
    with Stage(_lab_pkis.of("ec-p256")) as stage:

        def serve(policy: Policy | str | os.PathLike[str], host: str | None = None) -> PolicyServers:
            servers = serve_policy(policy, host, stage=stage, folder=tmp_path_factory.mktemp("pinsmith-lab"))
            names.add(servers.good.host)
            return servers

        yield serve
