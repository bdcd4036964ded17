from __future__ import annotations

import base64
import hashlib
import re
import urllib.error
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET  # what it parses is ours

import pytest
from cryptography import x509

from pinsmith import pinfile
from pinsmith.lab.live import download, page
from pinsmith.lab.live.event import Event
from pinsmith.lab.live.place import Place
from pinsmith.lab.live.service import LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.live.conftest import Guests

HOSTILE = """<script>alert("1")</script>&'"""
HTML = "text/html; charset=utf-8"


class Answer(NamedTuple):
    """What the page's server said."""

    status: int
    headers: dict[str, str]
    content: bytes


def fetch(guests: Guests, path: str, method: str = "GET") -> Answer:
    """Ask the page's server, as a browser does."""
    url = guests.service.urls[0].rstrip("/") + path
    # No proxy of the environment, and no redirect is followed: there is none.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, method=method)  # noqa: S310 - a server of the lab
    try:
        with opener.open(request, timeout=10) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read())


@pytest.mark.parametrize("name", ["lab-root", "rogue-root"])
def test_each_root_can_be_installed(name: str, guests: Guests) -> None:
    """DER and PEM are the same root, with the type that makes a device offer to install it."""
    root = guests.service.pki.root if name == "lab-root" else guests.service.pki.rogue_root
    der, pem = fetch(guests, f"/{name}.crt"), fetch(guests, f"/{name}.pem")
    assert x509.load_der_x509_certificate(der.content) == root.certificate
    assert x509.load_pem_x509_certificate(pem.content) == root.certificate
    for each in (der, pem):
        assert each.headers["Content-Type"] == "application/x-x509-ca-cert"
        assert "Content-Disposition" not in each.headers


def test_the_bundle_holds_both_roots(guests: Guests) -> None:
    """One file for programs; it is saved and not installed."""
    answer = fetch(guests, "/lab-roots.pem")
    pki = guests.service.pki
    assert x509.load_pem_x509_certificates(answer.content) == [pki.root.certificate, pki.rogue_root.certificate]
    assert answer.headers["Content-Type"] == "application/x-pem-file"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="lab-roots.pem"'


def test_android_trusts_the_roots_in_debug_builds_without_giving_up_pins(guests: Guests) -> None:
    """In debug-overrides pins are not checked below an anchor unless it says so: that would prove nothing."""
    tree = ET.fromstring(fetch(guests, "/network_security_config.xml").content)  # noqa: S314 - ours
    (anchors,) = tree.findall("./debug-overrides/trust-anchors/certificates")
    assert anchors.attrib == {"src": "@raw/pinsmith_lab", "overridePins": "false"}
    assert [child.tag for child in tree] == ["debug-overrides"]


def test_the_pins_of_a_scenario_are_a_pin_file(guests: Guests) -> None:
    """What is downloaded is read by the commands of this package."""
    answer = fetch(guests, "/pins/leaf-pin.toml")
    policy = pinfile.parse(answer.content.decode())
    assert [str(key.pin) for key in policy.hosts[0].keys] == list(guests.of("leaf-pin").pinning.pins)


def test_the_page_shows_every_scenario(guests: Guests) -> None:
    """Link, pins, what is expected, a QR code, and who came."""
    guests.ask("wrong-key", guests.unpinned())
    guests.events()
    answer = fetch(guests, "/")
    text = answer.content.decode()
    assert answer.headers["Content-Type"] == HTML
    for each in guests.service.served:
        assert f'<a href="{each.scene.url}">' in text
        assert each.scenario.title in text
        assert f"{each.scenario.expected}: " in text
    assert guests.service.pki.pin in text
    assert text.count("<svg") == len(guests.service.served)
    assert re.search(r"wrong-key</b> 127\.0\.0\.1:\d+ sent \d+ bytes <code>GET /secret</code>", text)


def test_the_live_part_replaces_what_is_on_the_page(guests: Guests) -> None:
    """Each element of it stands on the page under the same id, and nowhere twice."""
    whole, live = (fetch(guests, path).content.decode() for path in ("/", "/live"))
    ids = re.findall(r' id="([^"]+)"', live)
    assert len(ids) == len(set(ids)) == len(guests.service.served) + 1
    for each in ids:
        assert whole.count(f' id="{each}"') == 1
        assert each not in page.POLICY


def test_the_page_runs_nothing_but_its_own_script(guests: Guests) -> None:
    """The policy names style and script by their digests, and nothing is loaded from elsewhere."""
    answer = fetch(guests, "/")
    text = answer.content.decode()
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"""(?:src|href)=["']?(?://|http:)""", text)
    assert " style=" not in text


def test_hostile_names_are_text(guests: Guests) -> None:
    """Whatever a client, a scenario or a user says is shown and never run."""
    service = guests.service
    (served, *_) = service.served
    scenario = replace(served.scenario, id=HOSTILE, title=HOSTILE, expected="refuse")
    service.served = (replace(served, scenario=scenario, scene=replace(served.scene, host=HOSTILE), note=HOSTILE),)
    service.left_out = (LeftOut(scenario, HOSTILE),)
    service.place = Place(host=HOSTILE)
    service.watch.add(scenario, served.scene.acts[0])
    now = service.watch._clock()
    service.watch._note([Event(now, HOSTILE, HOSTILE, "unproven", HOSTILE, 0, HOSTILE)])
    for text in (page.whole(service), page.live(service)):
        assert "alert(" in text
        assert '<script>alert("1")' not in text
        assert "&'" not in text


def test_no_private_key_is_served(guests: Guests) -> None:
    """Nothing that the server hands out holds a key of the lab."""
    pki = guests.service.pki
    private = [each.private_numbers().private_value for each in (pki.key, pki.wrong_key)]  # type: ignore[union-attr]
    files = [*download.authorities(pki), *download.pins(guests.service.served)]
    for path in ("/", "/live", *(each.path for each in files)):
        content = fetch(guests, path).content
        assert b"PRIVATE KEY" not in content
        assert not any(number.to_bytes(32) in content for number in private)


@pytest.mark.parametrize("path", ["/nothing", "/pins/../lab-root.crt", "/pins/good.toml", "/lab-root.key"])
def test_there_is_nothing_else(path: str, guests: Guests) -> None:
    """Other paths are not found, whatever they hope for."""
    assert fetch(guests, path).status == 404


def test_nothing_can_be_sent(guests: Guests) -> None:
    """The server is for reading."""
    assert fetch(guests, "/", "POST").status == 501
    head = fetch(guests, "/?x=1", "HEAD")
    assert (head.status, head.content) == (200, b"")


def test_without_the_library_for_qr_codes_there_is_a_page(guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is optional."""
    monkeypatch.setitem(__import__("sys").modules, "segno", None)
    answer = fetch(guests, "/")
    assert answer.status == 200
    assert b"<svg" not in answer.content


def test_a_service_warns_of_the_network(opened: Callable[..., Guests]) -> None:
    """Who reads the page learns that everybody else can; on the loopback that would be untrue."""
    everywhere = opened("leaf-pin", place=Place.of("0.0.0.0", "localhost"))  # noqa: S104 - that is what is tested
    assert page.OPEN_WARNING in fetch(everywhere, "/").content.decode()
    assert page.OPEN_WARNING not in fetch(opened("leaf-pin"), "/").content.decode()


def test_a_scenario_that_is_left_out_says_why(opened: Callable[..., Guests]) -> None:
    """Nobody looks for it in vain."""
    guests = opened("leaf-pin", "plain-http", kind="rsa-2048")
    assert "plain-http: it does not run with rsa-2048 keys" in fetch(guests, "/").content.decode()
