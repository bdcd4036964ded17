from __future__ import annotations

import re
import socket
import ssl
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import HostError, LabBrokenError
from pinsmith.lab import run
from pinsmith.lab.live import qr
from pinsmith.lab.live.place import Place
from pinsmith.lab.live.service import LabService
from pinsmith.lab.scenario import Act
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.servers.listener import Listener
from pinsmith.lab.servers.server import RecordingServer
from tests.lab.client import ask, connected
from tests.lab.live.conftest import named

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage
    from tests.lab.live.conftest import Guests

PLACES = {
    "nothing given": ((None, None), Place("127.0.0.1", "localhost"), "http://localhost:80/"),
    "an emulator": ((None, "10.0.2.2"), Place("127.0.0.1", "10.0.2.2"), "http://10.0.2.2:80/"),
    "a phone": (("192.0.2.7", None), Place("192.0.2.7", "192.0.2.7"), "http://192.0.2.7:80/"),
    "a phone that resolves": (("192.0.2.7", "Lab.Test"), Place("192.0.2.7", "lab.test"), "http://192.0.2.7:80/"),
    "every address": (("0.0.0.0", "lab.test"), Place("0.0.0.0", "lab.test"), "http://lab.test:80/"),  # noqa: S104
    "the loopback": (("127.0.0.1", None), Place("127.0.0.1", "localhost"), "http://localhost:80/"),
    "IPv6": (("2001:DB8::1", None), Place("2001:db8::1", "2001:db8::1"), "http://[2001:db8::1]:80/"),
}
OPEN = {"192.0.2.7", "0.0.0.0", "2001:db8::1"}  # noqa: S104 - that is what is tested


@pytest.mark.parametrize(("given", "place", "url"), PLACES.values(), ids=PLACES)
def test_a_place_is_completed(given: tuple[str | None, str | None], place: Place, url: str) -> None:
    """The name that a device dials follows from the address and name that were given."""
    assert Place.of(*given) == place
    assert place.urls(80)[0] == url
    assert place.is_open == (place.address in OPEN)
    assert "0.0.0.0" not in place.names  # noqa: S104 - see above


@pytest.mark.parametrize(
    ("address", "name", "match"),
    [("lab.test", None, "lab.test"), ("0.0.0.0", None, "devices also need a name"), (None, "no host", "no host")],  # noqa: S104
    ids=["no address", "every address without a name", "no name"],
)
def test_an_impossible_place_is_refused(address: str | None, name: str | None, match: str) -> None:
    """The error quotes the wrong value."""
    with pytest.raises((ValueError, HostError), match=match):
        Place.of(address, name)


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux: elsewhere the loopback has one address")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_every_scenario_is_served_to_devices_or_left_out(scenario: object, opened: Callable[..., Guests]) -> None:
    """A scene that is served under another host and address contains no other names."""
    place = Place.of("127.0.0.7", "lab.test")
    guests = opened(scenario.id, place=place)  # type: ignore[attr-defined]
    assert len(guests.service.served) + len(guests.service.left_out) == 1
    for served in guests.service.served:
        assert re.fullmatch(r"(?:(?:.+\.)?lab\.test\.?|127\.0\.0\.7)", served.scene.host)
        assert "localhost" not in served.scene.url + served.pinning.pin_file()
        with socket.create_connection(("127.0.0.7", served.scene.port), timeout=10):
            pass


def test_the_good_server_has_the_address_that_the_device_dials(opened: Callable[..., Guests]) -> None:
    """An emulator dials 10.0.2.2, and the certificate is valid for that address."""
    guests = opened("leaf-pin", place=Place.of(None, "10.0.2.2"))
    (served,) = guests.service.served
    assert served.scene.url.startswith("https://10.0.2.2:")
    assert ask(("127.0.0.1", served.scene.port), guests.pinned("leaf-pin"), "10.0.2.2").endswith(b"ok\n")
    assert [event.result for event in guests.events()] == ["pass"]


def test_an_address_has_no_subdomains(opened: Callable[..., Guests]) -> None:
    """Scenarios about subdomains are left out for an emulator, with the reason."""
    guests = opened("subdomain-covered-good", place=Place.of(None, "10.0.2.2"))
    assert [left_out.reason for left_out in guests.service.left_out] == [
        "it needs a host name, but the service has an IP address"
    ]


@pytest.mark.parametrize("scenario_id", ["proxy-swaps-origin", "subdomain-covered-good"])
def test_no_proxy_is_opened_to_the_network(scenario_id: str, opened: Callable[..., Guests]) -> None:
    """The proxy leads to the loopback, where other services may trust every client."""
    guests = opened(scenario_id, place=Place.of("0.0.0.0", "lab.test"))  # noqa: S104 - that is what is tested
    (left,) = guests.service.left_out
    assert "loopback of this machine" in left.reason
    assert opened(scenario_id).service.served


def test_a_proxy_is_not_even_opened_briefly() -> None:
    """A scenario that declares a proxy is not set up at all."""

    def never(stage: Stage) -> Scene:
        raise AssertionError

    scenarios = [replace(scenario, set=never) for scenario in named("proxy-swaps-origin", "subdomain-covered-good")]
    with LabService(scenarios, place=Place.of("0.0.0.0", "lab.test")) as service:  # noqa: S104 - that is what is tested
        assert len(service.left_out) == 2


@pytest.mark.parametrize("changes", [False, True], ids=["the same pins", "other pins"])
def test_pins_that_change_between_starts_are_left_out(*, changes: bool) -> None:
    """No device restarts the app with other pins here, but a scene with the same pins in both starts is served."""

    def twice(stage: Stage) -> Scene:
        server = stage.serve(stage.pki.genuine())
        acts = [Act("accept", stage.pinning(*pins), wanted=(server,)) for pins in ((), (stage.pki.backup_pin,))]
        return stage.scene(server, acts[0], acts[changes])

    (leaf_pin,) = named("leaf-pin")
    with LabService([replace(leaf_pin, set=twice)]) as service:
        assert (len(service.served), len(service.left_out)) == ((0, 1) if changes else (1, 0))


def test_leaving_closes_every_port_and_ends_every_thread() -> None:
    """Open connections do not delay the end."""
    before = set(threading.enumerate())
    with LabService(named("leaf-pin", "redirect-to-rogue")) as service:
        ports = [served.scene.port for served in service.served] + [service._information.port]
        trusting = ssl.create_default_context(cadata=service.pki.trusted_pem)
        held = connected(("127.0.0.1", ports[0]), trusting, "localhost")
        held.__enter__()
        idle = socket.create_connection(("127.0.0.1", ports[-1]), timeout=10)
    assert set(threading.enumerate()) <= before
    with idle:
        for port in ports:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=10).close()
    held.__exit__(None, None, None)


def test_a_connection_that_the_service_ends_is_not_reported() -> None:
    """A connection that is idle at the end is not a refusal; bytes that arrived before are reported."""
    with LabService(named("leaf-pin", "wrong-key")) as service:
        trusting = ssl.create_default_context(cadata=service.pki.trusted_pem)
        idle, sent = (connected(("127.0.0.1", served.scene.port), trusting, "localhost") for served in service.served)
        idle.__enter__()
        secure = sent.__enter__()
        secure.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert secure.recv(4096)
    assert [(event.scenario, event.result) for event in service.watch.take()] == [("wrong-key", "accepts-a-rogue")]
    for connection in (idle, sent):
        connection.__exit__(None, None, None)


def test_a_port_that_is_taken_is_an_error_and_closes_everything() -> None:
    """The error names the address, and the ports that were already open are closed again."""
    before = set(threading.enumerate())
    with Listener() as other, pytest.raises(LabBrokenError, match=r"cannot listen on 127\.0\.0\.1: ") as caught:
        LabService(named("leaf-pin"), first_port=other.port).__enter__()
    assert "free ports" in (caught.value.hint or "")
    assert set(threading.enumerate()) <= before


def test_nonsense_from_a_stranger_does_not_end_the_service() -> None:
    """Bytes that are not a request end only their connection."""
    with LabService(named("leaf-pin")) as service:
        (served,) = service.served
        trusting = ssl.create_default_context(cadata=service.pki.trusted_pem)
        endpoint = ("127.0.0.1", served.scene.port)
        with connected(endpoint, trusting, "localhost") as secure:
            secure.sendall(b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n")
            assert secure.recv(4096) == b""
        assert ask(endpoint, trusting, "localhost").endswith(b"ok\n")
    assert service.problems == []


def test_a_server_that_breaks_does_not_end_the_service() -> None:
    """A failing thread is recorded as a problem; the others continue, and closing the service raises nothing."""
    with LabService(named("leaf-pin")) as service:
        (server,) = service.served[0].scene.acts[-1].wanted
        assert isinstance(server, RecordingServer)
        server.errors.append(ValueError("out of order"))
    assert len(service.problems) == 1
    assert service.problems[0].startswith("leaf-pin: ValueError(")


def test_a_qr_code_is_drawn_in_half_blocks() -> None:
    """A line shows two rows; the margin is light, and the corner has the dark square that a camera looks for."""
    lines = qr.half_blocks("https://localhost:9400/")
    assert len({len(line) for line in lines}) == 1
    assert set("".join(lines)) == set("█▀▄ ")
    assert lines[0] == "█" * len(lines[0])
    # Above are two rows of margin; the square is seven modules wide: dark around light around dark.
    assert lines[1].startswith("██ ▄▄▄▄▄ █")
    assert lines[2].startswith("██ █   █ █")


def test_without_the_extra_the_other_scenarios_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without extras the service starts, and the reason for each scenario that is left out names the extra."""
    monkeypatch.setattr(run, "find_spec", lambda _: None)
    with LabService(named("leaf-pin", "renegotiation")) as service:
        assert [served.scenario.id for served in service.served] == ["leaf-pin"]
        assert [(left_out.scenario.id, left_out.reason) for left_out in service.left_out] == [
            ("renegotiation", "it needs pinsmith[lab]")
        ]
