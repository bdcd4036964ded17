"""The proxies of `deploy/` before a real service: they let the right people in, and pass on addresses of clients."""

from __future__ import annotations

import http.client
import json
import re
import sqlite3
import ssl
import subprocess
from base64 import b64encode
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.reports import MAX_BODY_BYTES
from pinsmith.server.passwords import hash_password
from tests.extended.program import Folder, Program, find, reserved_port
from tests.extended.server import present
from tests.meta.source import ROOT
from tests.server.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.extended

NAME, PASSWORD, SECRET = "pins.example.com", "a long password", "0123456789abcdef"
FORGED = {"X-Forwarded-User": "maria", "X-Pinsmith-Proxy-Secret": SECRET}
REPORT = json.dumps({"pinsmith-event": 1, "host": "api.example.com"}).encode()
CLIENT = "127.9.9.9"  # another loopback address than that of the proxy
AUTHORITY = Authority.root()
MODULES = """
daemon off;
pid {folder}/pid;
error_log stderr notice;
events {{ worker_connections 64; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{server}
}}
"""


@dataclass(frozen=True)
class Answer:
    """The answer to a request."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Scene:
    """A service, and a proxy in front of it."""

    folder: Path
    service: int
    proxy: int

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """Send a request over TLS to the proxy."""
        context = ssl.create_default_context(cadata=AUTHORITY.pem)
        connection = _Resolved(NAME, self.proxy, timeout=30, context=context, source_address=(CLIENT, 0))
        return _ask(connection, method, path, {"Host": NAME, **(headers or {})}, body)

    def ask_service(self, source: str, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request to the service, past the proxy."""
        connection = http.client.HTTPConnection("127.0.0.1", self.service, timeout=30, source_address=(source, 0))
        return _ask(connection, method, path, headers, body)

    def networks(self) -> set[str]:
        """Return the networks from which reports have come, and forget them."""
        with closing(sqlite3.connect(self.folder / "data" / "x.db")) as database:
            found = {network for (network,) in database.execute("SELECT network FROM report_days")}
            database.execute("DELETE FROM report_days")
            database.commit()
        return found


class _Resolved(http.client.HTTPSConnection):
    """A connection to a name that leads to the loopback."""

    def connect(self) -> None:
        self.host, name = "127.0.0.1", self.host
        http.client.HTTPConnection.connect(self)
        self.host = name
        self.sock = self._context.wrap_socket(self.sock, server_hostname=name)  # type: ignore[attr-defined]


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    with closing(connection):
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        received = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, received, answer.read().decode())


def nginx(folder: Folder, file: str, port: int, service: int) -> Program:
    """Start nginx."""
    done = subprocess.run(
        [find("openssl", "openssl"), "passwd", "-apr1", "-stdin"],
        input=PASSWORD,
        capture_output=True,
        text=True,
        check=True,
    )
    people = folder.write("people", f"maria:{done.stdout}")
    text = _changed(
        (ROOT / "deploy" / file).read_text(),
        {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "127.0.0.1:8443": f"127.0.0.1:{service}",
            "/etc/nginx/tls/pins.example.com.pem": f"{folder.path}/server.crt",
            "/etc/nginx/tls/pins.example.com.key": f"{folder.path}/server.key",
            "/etc/nginx/pinsmith.htpasswd": str(people),
            '"PROXY-SECRET"': f'"{SECRET}"',
        },
    )
    config = folder.write("nginx.conf", MODULES.format(folder=folder.path, server=text))
    return Program(folder, [find("nginx", "nginx"), "-e", "stderr", "-c", config], port)


def caddy(folder: Folder, file: str, port: int, service: int) -> Program:
    """Start Caddy, with a certificate of ours instead of one that it gets itself."""
    program = find("caddy", "caddy")
    done = subprocess.run(
        [program, "hash-password", "--plaintext", PASSWORD], capture_output=True, text=True, check=True
    )
    text = _changed(
        (ROOT / "deploy" / file).read_text(),
        {
            "\npins.example.com {": f"\nhttps://pins.example.com:{port} {{\n"
            f"\tbind 127.0.0.1\n\ttls {folder.path}/server.crt {folder.path}/server.key",
            "127.0.0.1:8443": f"127.0.0.1:{service}",
            "NAME HASH": f"maria {done.stdout.strip()}",
            "-Secret PROXY-SECRET": f"-Secret {SECRET}",
        },
    )
    options = f"{{\n\tadmin off\n\tauto_https off\n\tstorage file_system {folder.path}/storage\n}}\n"
    config = folder.write("Caddyfile", options + text)
    return Program(folder, [program, "run", "--adapter", "caddyfile", "--config", config], port)


def _changed(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


@contextmanager
def standing(start: Callable[[Folder, str, int, int], Program], file: str, folder: Path) -> Iterator[Scene]:
    """Run a service, and a proxy in front of it."""
    spare = '[keys.spare]\npin = "sha256/m/75u5q4l9S8eKtjUEcdPJ2p9kWqoADNihM3CZBIJZY="\nrole = "leaf"\n'
    (folder / "pins.toml").write_text(f"version = 1\n{spare}")
    (folder / "passwords").write_text(f"maria:{hash_password(PASSWORD)}\n")
    (folder / "proxy-secret").write_text(SECRET)
    (folder / "service.toml").write_text(f"""
version = 1
[access]
names = ["{NAME}"]
passwords = "passwords"
proxy-header = "X-Forwarded-User"
proxy-secret = {{ file = "proxy-secret" }}
""")
    with ExitStack() as stack:
        service = stack.enter_context(Serving(folder, "--settings", "service.toml"))
        port = stack.enter_context(reserved_port())
        place = Folder("www-data")
        stack.callback(place.remove)
        present(place, AUTHORITY.issue(NAME))
        stack.enter_context(start(place, file, port, service.port))
        yield Scene(folder, service.port, port)


@pytest.fixture(scope="module", params=[(nginx, "nginx.conf"), (caddy, "Caddyfile")], ids=["nginx", "Caddy"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Run a proxy that leaves it to the service to ask who somebody is."""
    start, file = request.param
    with standing(start, file, tmp_path_factory.mktemp("scene")) as found:
        yield found


@pytest.fixture(
    scope="module", params=[(nginx, "nginx-basic-auth.conf"), (caddy, "Caddyfile.basic-auth")], ids=["nginx", "Caddy"]
)
def asking(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Run a proxy that asks itself."""
    start, file = request.param
    with standing(start, file, tmp_path_factory.mktemp("scene")) as found:
        yield found


def test_people_log_in_through_tls(scene: Scene) -> None:
    """The cookie is for TLS alone, and a form of another site begins no session."""
    assert scene.ask("GET", "/", {"Accept": "text/html"}).headers["location"] == "/login"
    token = re.search(r'name="token" value="([0-9a-f]+)"', scene.ask("GET", "/login").text)
    assert token is not None
    fields = urlencode({"token": token[1], "name": "maria", "password": PASSWORD}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    entered = scene.ask("POST", "/login", {**form, "Origin": f"https://{NAME}"}, fields)
    assert entered.status == 303, entered
    cookie, *attributes = entered.headers["set-cookie"].split("; ")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(attributes)
    assert scene.ask("GET", "/", {"Cookie": cookie}).status == 200
    assert scene.ask("POST", "/login", {**form, "Origin": "https://evil.example.org"}, fields).status == 403


def test_no_client_says_who_it_is(scene: Scene) -> None:
    """Even with the secret, headers of a client do not reach the service; the control sends them past the proxy."""
    assert scene.ask_service("127.0.0.1", "GET", "/", {"Host": NAME, **FORGED}).status == 200
    assert scene.ask("GET", "/", FORGED).status == 401


def test_the_address_of_a_client_is_counted(scene: Scene) -> None:
    """It is the one that the proxy saw, whatever the client says; only a proxy on 127.0.0.1 may name another one."""
    forged = {"X-Forwarded-For": "203.0.113.9"}
    for path in ("/reports", "/reports/", "/reports/app"):
        assert scene.ask("POST", path, forged, REPORT).status == 204
        assert scene.networks() == {"127.9.9.0/24"}
    for source, network in {CLIENT: "127.9.9.0/24", "127.0.0.1": "203.0.113.0/24"}.items():
        assert scene.ask_service(source, "POST", "/reports", forged, REPORT).status == 204
        assert scene.networks() == {network}


def test_a_large_report_is_refused(scene: Scene) -> None:
    """A report of the largest size passes, and a byte more is too much."""
    assert scene.ask("POST", "/reports", body=REPORT.ljust(MAX_BODY_BYTES)).status == 204
    assert scene.ask("POST", "/reports", body=REPORT.ljust(MAX_BODY_BYTES + 1)).status == 413
    scene.networks()


def test_a_proxy_says_who_somebody_is(asking: Scene) -> None:
    """A person whom the proxy knows is in; nobody else is, by no header and at no path, and apps still report."""
    maria, wrong = _basic(PASSWORD), _basic("wrong")
    for path in ("/", "/reports", "/alerts"):
        answer = asking.ask("GET", path, maria)
        assert (answer.status, "<span>maria</span>" in answer.text) == (200, True), path
        for headers in ({}, FORGED, {**wrong, **FORGED}):
            assert asking.ask("GET", path, headers).status == 401, path
    for headers in ({}, wrong, FORGED):
        assert asking.ask("POST", "/reports/app", headers, REPORT).status == 204
        # This is not a path of the intake, so the service asks who it is.
        assert asking.ask("POST", "/reports/app/more", headers, REPORT).status == 401
    assert asking.networks() == {"127.9.9.0/24"}


def _basic(password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'maria:{password}'.encode()).decode()}"}


@pytest.mark.parametrize("file", ["Caddyfile", "Caddyfile.basic-auth"])
def test_caddy_reads_the_example_as_it_is(file: str, tmp_path: Path) -> None:
    """Only a hash must be filled in."""
    text = (ROOT / "deploy" / file).read_text().replace("NAME HASH", "maria JDJhJDE0JA==")
    (tmp_path / "Caddyfile").write_text(text)
    words = [find("caddy", "caddy"), "validate", "--adapter", "caddyfile", "--config", "Caddyfile"]
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin"}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
