"""Clients that reach every scenario through the proxy of the lab, by its own name."""

from __future__ import annotations

import contextlib
import io
import re
import socket
import ssl
import zipfile
from typing import TYPE_CHECKING

import httpx
import pytest

import pinsmith
from pinsmith import pinfile
from pinsmith.exit_code import ExitCode
from pinsmith.lab.live import information
from pinsmith.lab.live.place import Place
from pinsmith.lab.live.service import LabService
from pinsmith.lab.pki.lab_pki import LAB_DOMAIN
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.servers.listener import Listener
from tests.cli.support import run
from tests.lab.client import REQUEST
from tests.thinned import thinned

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pinsmith.lab.live.event import VisitResult
    from pinsmith.lab.live.service import Served
    from tests.lab.live.conftest import Guests

PLACE = Place.of(None, LAB_DOMAIN)
# Not mail, which httpx does not speak; and no scenarios that a service leaves out, or whose names the resolver
# of this machine may not know.
COMPARED = tuple(
    scenario.id
    for scenario in SCENARIOS
    if scenario.protocol == "https" and not {"ipv6", "state"} & scenario.needs and scenario.id != "coalescing-bait"
)
ESSENTIAL = frozenset(
    {
        "leaf-pin",
        "wrong-key",
        "wrong-name",
        "unpinned-host",
        "redirect-to-unpinned-host",
        "redirect-to-rogue",
        "subdomain-covered-rogue",
        "proxy-swaps-origin",
        "trailing-dot",
        "session-of-another-host",
    }
)


@pytest.fixture
def proxied(opened: Callable[..., Guests]) -> Guests:
    """Open the service of two scenarios behind its proxy."""
    return opened(place=PLACE)


def say(service: LabService, octets: bytes) -> bytes:
    """Send bytes to the proxy, and return its whole answer."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as plain:
        plain.sendall(octets)
        answer = b""
        while received := plain.recv(65536):
            answer += received
    return answer


def connect(service: LabService, target: str) -> socket.socket:
    """Ask the proxy for a tunnel, and return the socket after its answer 200."""
    plain = socket.create_connection(("127.0.0.1", service.port), timeout=10)
    plain.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    answer = plain.recv(4096)
    if not answer.startswith(b"HTTP/1.1 200 "):
        plain.close()
        raise ConnectionRefusedError(answer)
    return plain


def ask(service: LabService, host: str, context: ssl.SSLContext) -> bytes:
    """Ask a host of the lab through the proxy."""
    with connect(service, f"{host}:443") as plain, context.wrap_socket(plain, server_hostname=host) as secure:
        secure.sendall(REQUEST)
        return secure.recv(4096)


def trusting(service: LabService) -> ssl.SSLContext:
    """Make a client that trusts both roots and pins nothing."""
    return ssl.create_default_context(cadata=service.pki.trusted_pem)


def app(service: LabService, folder: Path) -> ssl.SSLContext:
    """Make a client that is built once, with the pin file of all hosts that the page offers."""
    path = folder / "pins.toml"
    path.write_bytes(httpx.get(f"{service.urls[0]}pins.toml", trust_env=False).content)
    return pinsmith.PinnedSSLContext(pinsmith.load(path), cadata=service.pki.trusted_pem)


def test_a_pinned_app_passes_through_the_proxy(proxied: Guests, tmp_path: Path) -> None:
    """One context with the pins of all hosts gets the good answer, and sends the rogue nothing."""
    service, context = proxied.service, app(proxied.service, tmp_path)
    assert ask(service, f"leaf-pin.{LAB_DOMAIN}", context).endswith(b"ok\n")
    with pytest.raises(pinsmith.errors.PinMismatchError):
        ask(service, f"wrong-key.{LAB_DOMAIN}", context)
    assert [(event.scenario, event.result) for event in proxied.events()] == [
        ("leaf-pin", "pass"),
        ("wrong-key", "pass"),
    ]


def test_an_app_without_pins_fails_through_the_proxy(proxied: Guests) -> None:
    """The event names the rogue, the request and the client, which is not the proxy."""
    with connect(proxied.service, f"wrong-key.{LAB_DOMAIN}:443") as plain:
        peer = "{}:{}".format(*plain.getsockname())
        with trusting(proxied.service).wrap_socket(plain, server_hostname=f"wrong-key.{LAB_DOMAIN}") as secure:
            secure.sendall(REQUEST)
            assert secure.recv(4096)
    (event,) = proxied.events()
    assert (event.result, event.request, event.peer) == ("accepts-a-rogue", "GET /secret", peer)


def results(service: LabService, served: Served, context: ssl.SSLContext) -> Counter[VisitResult]:
    """Let a client fetch the URL of a scenario as an app does, and count what the lab concludes."""
    scene = served.scene
    proxy = f"http://127.0.0.1:{service.port}"
    if not service.place.is_proxied:
        proxy = f"http://{scene.proxy.address}:{scene.proxy.port}" if scene.proxy else ""
    seconds = 2.0 if served.scenario.id == "silent" else 60.0  # the others answer, on a busy machine late
    with (
        httpx.Client(
            verify=context, proxy=proxy or None, follow_redirects=True, http2=True, timeout=seconds, trust_env=False
        ) as client,
        contextlib.suppress(httpx.HTTPError, ssl.SSLError, pinsmith.errors.PinsmithError),
    ):
        client.get(served.url)
    for act in scene.acts:
        for witness in (*act.wanted, *act.guarded):
            witness.wait_closed()
    service.watch.look()
    service.watch.take()
    return service.watch.counts_of(served.scenario.id)


@pytest.fixture(scope="module")
def services() -> Iterator[tuple[LabService, LabService]]:
    """Open every scenario twice: behind the proxy of the lab, and on the loopback."""
    with LabService(SCENARIOS, place=PLACE) as proxied, LabService(SCENARIOS) as local:
        yield proxied, local


@pytest.mark.parametrize("scenario_id", thinned(COMPARED, ESSENTIAL))
def test_a_scenario_means_the_same_behind_the_proxy(
    scenario_id: str, services: tuple[LabService, LabService], tmp_path: Path
) -> None:
    """A correct pinner passes in both places, and a client without pins gets the same verdict in both."""
    found = []
    for service in services:
        (served,) = (served for served in service.served if served.scenario.id == scenario_id)
        path = tmp_path / "pins.toml"
        path.write_text(served.pinning.pin_file())
        own = pinsmith.PinnedSSLContext(pinsmith.load(path), cadata=service.pki.trusted_pem)
        pinned = results(service, served, own)
        assert not {"accepts-a-rogue", "refuses-a-good-server"} & pinned.keys()
        assert pinned["pass"] or served.scenario.expected != "accept"
        both = results(service, served, trusting(service))
        found.append((pinned.keys(), (both - pinned).keys()))
    assert found[0] == found[1]


def test_only_scenarios_that_need_two_addresses_are_left_out(services: tuple[LabService, LabService]) -> None:
    """The proxy gives every other host of the lab a name, also subdomains and hosts without pins."""
    proxied, local = ({left_out.scenario.id for left_out in service.left_out} for service in services)
    assert proxied - local <= {"ipv6-rogue"}


def test_a_wrong_name_deceives_a_client_that_does_not_compare_names(opened: Callable[..., Guests]) -> None:
    """The certificate for another name satisfies the name constraints, so only the comparison of names refuses it."""
    guests = opened("wrong-name", place=PLACE)
    careless, careful = trusting(guests.service), trusting(guests.service)
    careless.check_hostname = False
    with pytest.raises(ssl.SSLCertVerificationError, match="ostname mismatch"):
        ask(guests.service, f"wrong-name.{LAB_DOMAIN}", careful)
    assert ask(guests.service, f"wrong-name.{LAB_DOMAIN}", careless).endswith(b"ok\n")
    assert sorted(event.result for event in guests.events()) == ["accepts-a-rogue", "pass"]


def test_a_request_for_a_second_pinned_host_is_noticed(opened: Callable[..., Guests], tmp_path: Path) -> None:
    """The subdomain that the coalescing bait redirects to leads to the same server."""
    guests = opened("coalescing-bait", place=PLACE)
    (served,) = guests.service.served
    assert results(guests.service, served, app(guests.service, tmp_path)) == {"pass": 2}
    assert results(guests.service, served, trusting(guests.service))["accepts-a-rogue"]


REFUSED = (
    "www.example.com:443",
    f"{LAB_DOMAIN}:443",
    f"nothing.{LAB_DOMAIN}:443",
    f"leaf-pin.{LAB_DOMAIN}.test:443",
    f"leaf-pin{LAB_DOMAIN}:443",
    f"leaf-pin.{LAB_DOMAIN}:22",
    f"leaf-pin.{LAB_DOMAIN}:0",
    "127.0.0.1:{page}",
    "localhost:{page}",
    "[::1]:443",
    f"leaf-pin.{LAB_DOMAIN}:{{page}}",
    f"leaf-pin.{LAB_DOMAIN}:{{other}}",
)


@pytest.mark.parametrize("target", REFUSED)
def test_the_proxy_connects_to_servers_of_the_lab_alone(target: str, proxied: Guests) -> None:
    """Other names, other ports and addresses of this machine get 403, and no connection is made."""
    ports = {served.scenario.id: served.scene.port for served in proxied.service.served}
    with Listener() as bystander:
        target = target.format(page=bystander.port, other=ports["wrong-key"])
        with pytest.raises(ConnectionRefusedError, match=r"HTTP/1\.1 40[03] "):
            connect(proxied.service, target)
        bystander.wait_closed()
    assert proxied.events() == ()


def test_the_proxy_of_a_scenario_leads_nowhere_else(opened: Callable[..., Guests]) -> None:
    """A scenario's own proxy connects to the loopback, so the names of the scenario do not lead to its port."""
    guests = opened("proxy-swaps-origin", "subdomain-covered-good", place=PLACE)
    for served in guests.service.served:
        assert served.scene.proxy is not None
        connect(guests.service, f"{served.scene.host}:443").close()
        with pytest.raises(ConnectionRefusedError, match="403 Forbidden"):
            connect(guests.service, f"{served.scene.host}:{served.scene.proxy.port}")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "url", ["http://www.example.com/", f"http://leaf-pin.{LAB_DOMAIN}/", f"http://{LAB_DOMAIN}:81/"]
)
def test_requests_without_tls_for_other_hosts_are_refused(url: str, method: str, proxied: Guests) -> None:
    """The proxy passes nothing on in the clear, not even to a host of the lab."""
    answer = say(proxied.service, f"{method} {url} HTTP/1.1\r\nContent-Length: 0\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert proxied.events() == ()


def test_the_page_has_a_name_behind_the_proxy(proxied: Guests) -> None:
    """A device that uses the proxy opens the page and its files by name, and everybody by the address."""
    service = proxied.service
    by_name = say(service, f"GET http://{LAB_DOMAIN}/lab-roots.pem HTTP/1.1\r\nHost: {LAB_DOMAIN}\r\n\r\n".encode())
    directly = say(service, b"GET /lab-roots.pem HTTP/1.1\r\n\r\n")
    assert by_name.startswith(b"HTTP/1.1 200 OK\r\n")
    assert by_name == directly
    assert service.urls == (f"http://127.0.0.1:{service.port}/", f"http://{LAB_DOMAIN}/")


HOSTILE = {
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "no port": b"CONNECT leaf-pin.lab.example.com HTTP/1.1\r\n\r\n",
    "a port that is none": b"CONNECT leaf-pin.lab.example.com:99999 HTTP/1.1\r\n\r\n",
    "a name that is none": b"CONNECT leaf pin.lab.example.com:443 HTTP/1.1\r\n\r\n",
    "a user": b"GET http://lab.example.com@www.example.com/ HTTP/1.1\r\n\r\n",
    "another scheme": b"GET ftp://lab.example.com/ HTTP/1.1\r\n\r\n",
    "a header without end": b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000,
    "many headers": b"GET /" + b"\r\nX: 1" * 20_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
def test_hostile_requests_are_refused(octets: bytes, proxied: Guests) -> None:
    """The proxy answers with an error, or breaks off, and goes on serving."""
    try:
        answer = say(proxied.service, octets)
    except ConnectionError:
        answer = b""
    assert not answer or re.match(rb"HTTP/1\.1 4(00|03|31) ", answer)
    assert say(proxied.service, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200 OK")
    assert proxied.events() == ()


def test_a_slow_request_is_given_up(proxied: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of time is for the whole head, so single bytes do not prolong it."""
    monkeypatch.setattr(information, "HEAD_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", proxied.service.port), timeout=30) as plain:
        plain.sendall(b"GET / HT")
        assert plain.recv(1) == b""


def test_too_many_connections_are_turned_away(proxied: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit a client gets 503, and those within it go on."""
    monkeypatch.setattr(information, "_MAX_SERVING", 1)
    with connect(proxied.service, f"leaf-pin.{LAB_DOMAIN}:443"):
        assert say(proxied.service, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 503 ")


def test_without_the_domain_there_is_no_proxy(guests: Guests) -> None:
    """A service for another name tunnels nothing."""
    answer = say(guests.service, f"CONNECT leaf-pin.{LAB_DOMAIN}:443 HTTP/1.1\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 403 Forbidden")


def test_only_the_proxy_is_open_to_the_network(opened: Callable[..., Guests]) -> None:
    """A phone comes through the proxy, so the servers of the scenarios stay on the loopback."""
    guests = opened("leaf-pin", "proxy-swaps-origin", place=Place.of("0.0.0.0", LAB_DOMAIN))  # noqa: S104 - tested
    assert {served.scene.address for served in guests.service.served} == {"127.0.0.1"}
    assert {served.scene.proxy.address for served in guests.service.served if served.scene.proxy} == {"127.0.0.1"}
    assert guests.service.place.is_open


def script(service: LabService, host: str) -> str:
    """Fetch the proxy script under the name by which a device knows the machine."""
    return say(service, f"GET /proxy.pac HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).decode()


def test_the_proxy_script_names_the_machine_as_the_device_knows_it(proxied: Guests) -> None:
    """An emulator fetches the script from 10.0.2.2, and finds the proxy there; a hostile name is not repeated."""
    port = proxied.service.port
    assert f'"PROXY 10.0.2.2:{port}"' in script(proxied.service, f"10.0.2.2:{port}")
    for host in (LAB_DOMAIN, f"{LAB_DOMAIN}:80", '";alert(1)//', ""):
        assert f'"PROXY 127.0.0.1:{port}"' in script(proxied.service, host)
    assert "Content-Type: application/x-ns-proxy-autoconfig" in script(proxied.service, "")


def offered(service: LabService, name: str) -> bytes:
    """Download a file from the page."""
    return httpx.get(f"{service.urls[0]}{name}", trust_env=False).content


def test_the_pin_files_of_all_hosts_have_one_entry_for_each(services: tuple[LabService, LabService]) -> None:
    """Each scenario has its own host. The second file lacks those that only clients of whole chains can pass."""
    service = services[0]
    whole, leaf = (
        {
            entry.host: {str(key.pin) for key in entry.keys}
            for entry in pinfile.parse(offered(service, name).decode()).hosts
        }
        for name in ("pins.toml", "pins-leaf.toml")
    )
    fitting = {served for served in service.served if not served.pinning.compromised}
    assert {served.pinning.host: set(served.pinning.pins) for served in fitting}.items() <= whole.items()
    assert f"compromised-authority.{LAB_DOMAIN}" not in whole
    assert {served.pinning.host for served in fitting if "leaf" in served.scenario.profiles} <= leaf.keys()
    assert f"root-pin.{LAB_DOMAIN}" in whole.keys() - leaf.keys()


@pytest.mark.parametrize("format_id", ["android-nsc", "apple-ats", "trustkit-ios"])
def test_every_platform_can_pin_the_plain_hosts(
    format_id: str, services: tuple[LabService, LabService], tmp_path: Path
) -> None:
    """The export needs no consent; for the file of all hosts the same platform needs one, or refuses it."""
    for name, code in (("pins-plain.toml", ExitCode.OK), ("pins.toml", ExitCode.BROKE)):
        (tmp_path / name).write_bytes(offered(services[0], name))
        assert run("export", format_id, "--file", tmp_path / name).code == code


def test_the_archive_contains_the_certificates_that_hosts_present(
    services: tuple[LabService, LabService], tmp_path: Path
) -> None:
    """A platform that compares whole certificates gets one for each host, and one for each standby key."""
    service = services[0]
    with zipfile.ZipFile(io.BytesIO(offered(service, "pins-certificates.zip"))) as packed:
        packed.extractall(tmp_path)
    assert not any(b"PRIVATE" in path.read_bytes() for path in tmp_path.rglob("*.*"))
    policy = pinsmith.load(tmp_path / "pins.toml")
    assert {f"leaf-pin.{LAB_DOMAIN}", f"wrong-key.{LAB_DOMAIN}"} < {entry.host for entry in policy}
    exported = run("export", "react-native-ssl-pinning", "--file", tmp_path / "pins.toml", "-o", tmp_path / "pins.js")
    assert exported.code == ExitCode.OK
    presented = ssl.create_default_context(cafile=str(tmp_path / "certs" / "leaf-pin.pem"))
    presented.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    assert ask(service, f"leaf-pin.{LAB_DOMAIN}", presented).endswith(b"ok\n")
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(service, f"wrong-key.{LAB_DOMAIN}", presented)
