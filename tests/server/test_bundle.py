"""`pinsmith serve` publishes a bundle: to everybody, and only what a bundle publishes."""

from __future__ import annotations

import http.client
import os
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from pinsmith.updates.directory import Directory
from tests.server.serving import Serving
from tests.updates.bundles import Team, client_of, policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "of the online key"


@pytest.fixture(scope="module")
def team() -> Team:
    """Make the keys."""
    return Team()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, team: Team) -> Path:
    """Make a bundle that must be signed as fresh, and settings with an encrypted key and a login."""
    folder = tmp_path_factory.mktemp("served")
    bundle = team.published(folder / "bundle")
    (bundle.metadata / "timestamp.json").unlink()
    team.propose(bundle, policy())
    private = team.online._private_key
    encryption = serialization.BestAvailableEncryption(PASSWORD.encode())
    key = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    for name, content in (("online.key", key), ("password", PASSWORD.encode()), ("token", b"a" * 40)):
        (folder / name).touch(0o600)
        (folder / name).write_bytes(content)
    (folder / "pins.toml").write_text("version = 1\n")
    (folder / "service.toml").write_text(
        'version = 1\n[access]\ntoken = { file = "token" }\n'
        '[bundle]\nfolder = "bundle"\nkey = "online.key"\npassword = { file = "password" }\n'
    )
    return folder


@pytest.fixture(scope="module")
def serving(folder: Path) -> Iterator[Serving]:
    """Start the service."""
    with Serving(folder, "--settings", "service.toml") as process:
        yield process


def ask(serving: Serving, path: str, method: str = "GET") -> tuple[int, bytes, str]:
    """Return the status, the content, and what caches may do with it."""
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=60)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", "any.name.test")
    connection.endheaders()
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, content, response.headers.get("Cache-Control", "")


def fresh(serving: Serving) -> bytes:
    """Wait until the service has signed the freshness."""
    while (answer := ask(serving, "/bundle/metadata/timestamp.json"))[0] == 404:
        pass
    return answer[1]


def test_a_client_needs_no_login_and_no_name(serving: Serving, folder: Path, tmp_path: Path) -> None:
    """The service has signed the freshness itself, and a client of TUF accepts all of it."""
    assert fresh(serving) == (folder / "bundle/metadata/timestamp.json").read_bytes()
    for path in (folder / "bundle").glob("[mt]*/*.json"):
        name = path.relative_to(folder / "bundle").as_posix()
        status, content, caches = ask(serving, f"/bundle/{name}")
        assert (status, content) == (200, path.read_bytes())
        assert ("immutable" in caches) is (path.name != "timestamp.json")
        assert ask(serving, f"/bundle/{name}", "HEAD")[:2] == (200, b"")
    client = client_of(Directory(folder / "bundle"), tmp_path)
    client.refresh()
    assert client.get_targetinfo("policy.json") is not None


@pytest.mark.parametrize(
    "path",
    [
        "/bundle/",
        "/bundle/proposed/targets.json",
        "/bundle/metadata/..%2f..%2fonline.key",
        "/bundle/metadata/../../online.key",
        "/bundle/metadata/timestamp.json%00",
        "/bundle/metadata/1.root.json/",
        "/bundle/targets/policy.json",
        "/bundle/online.key",
        "/bundle//metadata/timestamp.json",
    ],
)
def test_nothing_else_is_published(path: str, serving: Serving) -> None:
    """Proposals, keys and other files are behind the login, where they do not exist either."""
    status, content, _ = ask(serving, path)
    assert status in {400, 401, 403, 404}
    assert b"PRIVATE" not in content
    assert b"signed" not in content


def test_the_next_root_does_not_exist(serving: Serving) -> None:
    """Clients ask for it each time, and must get a plain 404."""
    assert ask(serving, "/bundle/metadata/2.root.json")[:2] == (404, b"not found\n")
    assert ask(serving, "/bundle/metadata/timestamp.json", "POST")[0] != 200


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need a privilege there")
def test_a_file_that_is_too_large_is_not_read(serving: Serving, folder: Path) -> None:
    """A full or wrong disk does not make the service read without end."""
    path = folder / "bundle/metadata/9.targets.json"
    path.symlink_to("/dev/zero")
    try:
        assert ask(serving, "/bundle/metadata/9.targets.json")[0] == 404
    finally:
        path.unlink()
