from __future__ import annotations

import base64
import hashlib
import re
import ssl
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
from pinsmith.lab.pki.lab_pki import LAB_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.live.conftest import Guests

HOSTILE = """<script>alert("1")</script>&'"""
HTML = "text/html; charset=utf-8"


class Answer(NamedTuple):
    """The answer of the server of the page."""

    status: int
    headers: dict[str, str]
    content: bytes


def fetch(guests: Guests, path: str, method: str = "GET") -> Answer:
    """Request *path* from the server of the page, as a browser does."""
    url = guests.service.urls[0].rstrip("/") + path
    # Ignore a proxy in the environment; no test needs a redirect.
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
    """DER and PEM contain the same root, with the content type for which a device offers to install it."""
    root = guests.service.pki.root if name == "lab-root" else guests.service.pki.rogue_root
    der, pem = fetch(guests, f"/{name}.crt"), fetch(guests, f"/{name}.pem")
    assert x509.load_der_x509_certificate(der.content) == root.certificate
    assert x509.load_pem_x509_certificate(pem.content) == root.certificate
    for answer in (der, pem):
        assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
        assert "Content-Disposition" not in answer.headers


def test_the_bundle_contains_both_roots(guests: Guests) -> None:
    """Programs get both roots in one file, which a browser saves and does not install."""
    answer = fetch(guests, "/lab-roots.pem")
    pki = guests.service.pki
    assert x509.load_pem_x509_certificates(answer.content) == [pki.root.certificate, pki.rogue_root.certificate]
    assert answer.headers["Content-Type"] == "application/x-pem-file"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="lab-roots.pem"'


def test_android_trusts_the_roots_in_debug_builds_without_giving_up_pins(guests: Guests) -> None:
    """Android also checks pins below the lab's roots. In debug-overrides, it does so only with overridePins="false"."""
    tree = ET.fromstring(fetch(guests, "/network_security_config.xml").content)  # noqa: S314 - ours
    (anchors,) = tree.findall("./debug-overrides/trust-anchors/certificates")
    assert anchors.attrib == {"src": "@raw/pinsmith_lab", "overridePins": "false"}
    assert [child.tag for child in tree] == ["debug-overrides"]


def test_the_pins_of_a_scenario_are_a_pin_file(guests: Guests) -> None:
    """`pinfile` reads the file that the page offers."""
    answer = fetch(guests, "/pins/leaf-pin.toml")
    policy = pinfile.parse(answer.content.decode())
    assert [str(key.pin) for key in policy.hosts[0].keys] == list(guests.of("leaf-pin").pinning.pins)


def test_the_page_shows_every_scenario(guests: Guests) -> None:
    """The page shows the link, the pins, the expectation and the QR code of each scenario, and its visitors."""
    guests.ask("wrong-key", guests.unpinned())
    guests.events()
    answer = fetch(guests, "/")
    text = answer.content.decode()
    assert answer.headers["Content-Type"] == HTML
    for served in guests.service.served:
        assert f'<a href="{served.scene.url}">' in text
        assert served.scenario.title in text
        assert f"{served.scenario.expected}: " in text
    assert guests.service.pki.pin in text
    assert text.count("<svg") == len(guests.service.served)
    assert re.search(r"wrong-key</b> 127\.0\.0\.1:\d+ sent \d+ bytes <code>GET /secret</code>", text)


def test_the_live_part_replaces_elements_of_the_page(guests: Guests) -> None:
    """Each element of the live part has an id that is on the page exactly once."""
    whole, live = (fetch(guests, path).content.decode() for path in ("/", "/live"))
    ids = re.findall(r' id="([^"]+)"', live)
    assert len(ids) == len(set(ids)) == len(guests.service.served) + 1
    for element in ids:
        assert whole.count(f' id="{element}"') == 1
        assert element not in page.POLICY


def test_the_page_runs_nothing_but_its_own_script(guests: Guests) -> None:
    """The content policy names the digests of style and script, and the page loads nothing from elsewhere."""
    answer = fetch(guests, "/")
    text = answer.content.decode()
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"""(?:src|href)=["']?(?://|http:)""", text)
    assert " style=" not in text


def test_hostile_names_are_text(guests: Guests) -> None:
    """Names from a client, a scenario or a user are shown as text and never run as a script."""
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
    """No file that the server offers contains a private key of the lab."""
    pki = guests.service.pki
    private = [key.private_numbers().private_value for key in (pki.key, pki.wrong_key)]  # type: ignore[union-attr]
    files = download.every(guests.service)
    for path in ("/", "/live", *(file.path for file in files)):
        content = fetch(guests, path).content
        assert b"PRIVATE KEY" not in content
        assert not any(number.to_bytes(32) in content for number in private)


@pytest.mark.parametrize("path", ["/nothing", "/pins/../lab-root.crt", "/pins/good.toml", "/lab-root.key"])
def test_other_paths_are_not_found(path: str, guests: Guests) -> None:
    """A request for any other path gets 404."""
    assert fetch(guests, path).status == 404


def test_nothing_can_be_sent(guests: Guests) -> None:
    """The server refuses POST, and answers HEAD without a body."""
    assert fetch(guests, "/", "POST").status == 405
    head = fetch(guests, "/?x=1", "HEAD")
    assert (head.status, head.content) == (200, b"")


def test_without_the_library_for_qr_codes_there_is_a_page(guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the optional library, the page has no QR codes."""
    monkeypatch.setitem(__import__("sys").modules, "segno", None)
    answer = fetch(guests, "/")
    assert answer.status == 200
    assert b"<svg" not in answer.content


def test_a_service_warns_of_the_network(opened: Callable[..., Guests]) -> None:
    """The page warns if other machines can reach the service, and does not warn on the loopback."""
    everywhere = opened("leaf-pin", place=Place.of("0.0.0.0", "localhost"))  # noqa: S104 - that is what is tested
    assert page.OPEN_WARNING in fetch(everywhere, "/").content.decode()
    assert page.OPEN_WARNING not in fetch(opened("leaf-pin"), "/").content.decode()


def test_the_page_gives_the_reason_for_a_scenario_that_is_left_out(opened: Callable[..., Guests]) -> None:
    """The page lists a scenario that is left out, with the reason."""
    guests = opened("leaf-pin", "plain-http", kind="rsa-2048")
    assert "plain-http: it does not run with rsa-2048 keys" in fetch(guests, "/").content.decode()


@pytest.mark.parametrize("suffix", ["", "-standby"])
def test_the_page_offers_the_certificates_that_servers_present(suffix: str, opened: Callable[..., Guests]) -> None:
    """Platforms that compare whole certificates get those of the host's key and of its standby key, PEM and DER."""
    guests = opened("leaf-pin", "backup-pin", place=Place.of(None, LAB_DOMAIN))
    scenario_id = "backup-pin" if suffix else "leaf-pin"
    served = guests.of(scenario_id)
    pem, der = (fetch(guests, f"/certificates/{scenario_id}{suffix}.{end}") for end in ("pem", "crt"))
    presented = ssl.get_server_certificate((served.scene.address, served.scene.port))
    assert ssl.PEM_cert_to_DER_cert(presented) == der.content
    assert ssl.PEM_cert_to_DER_cert(pem.content.decode()) == der.content
    for answer in (pem, der):
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Type"] != "application/x-x509-ca-cert"
    intermediate = fetch(guests, "/lab-intermediate.crt").content
    assert x509.load_der_x509_certificate(intermediate) == guests.service.pki.intermediate.certificate


def test_cards_can_be_filtered_by_profile_and_state(opened: Callable[..., Guests]) -> None:
    """Each filter is a rule of the style for a class that cards have, and the live part changes the class."""
    guests = opened("leaf-pin", "wrong-key", "root-pin")

    def states() -> dict[str, str]:
        live = fetch(guests, "/live").content.decode()
        return dict(re.findall(r'id="seen-([a-z-]+)" class="is-([a-z]+)"', live))

    text = fetch(guests, "/").content.decode()
    assert re.findall(r'<article class="([a-z ]+)">', text) == ["chain leaf plain", "chain leaf plain", "chain"]
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    options = re.findall(r'<input type="radio" name="(?:profile|state)" id="([a-z-]+)"(?: checked)?>', text)
    assert len(options) == 8
    for option in set(options) - {"profile-chain", "state-all"}:
        assert f"#{option}:checked" in style
    assert states() == {"leaf-pin": "waiting", "wrong-key": "waiting", "root-pin": "waiting"}
    for scenario_id in ("leaf-pin", "wrong-key"):
        guests.ask(scenario_id, guests.unpinned())
    guests.events()
    assert states() == {"leaf-pin": "passed", "wrong-key": "failed", "root-pin": "waiting"}


def test_the_page_shows_how_to_set_the_proxy(opened: Callable[..., Guests]) -> None:
    """A service for the domain of the lab explains its proxy, and the end of its roots; another has none."""
    proxied, direct = opened("leaf-pin", place=Place.of(None, LAB_DOMAIN)), opened("leaf-pin")
    text = fetch(proxied, "/").content.decode()
    assert f"http_proxy 10.0.2.2:{proxied.service.port}" in text
    assert '<a href="/proxy.pac">' in text
    assert '<a href="/pins.toml">' in text
    assert f"They end on {proxied.service.pki.root.ends:%Y-%m-%d}" in text
    assert "/proxy.pac" not in fetch(direct, "/").content.decode()
    for path in ("/proxy.pac", "/pins.toml"):
        assert (fetch(proxied, path).status, fetch(direct, path).status) == (200, 404)
