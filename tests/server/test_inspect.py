"""The page and the call that inspect a host: what they show, and that they lead nowhere else."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.server.login import Access
from pinsmith.server.passwords import Passwords, hash_password
from tests.server.inspecting import END, NOW, ROOT, START, Names, Shop
from tests.service.pin_file import pin_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.asking import Answer

HOST = "www.example.com"
LEAF = ROOT.issue(HOST, not_before=START, not_after=END)
SPARE = Identity.self_signed("spare.example.com")
JSON = {"content-type": "application/json"}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Answer for the name server: the host is on the loopback."""
    return Names({HOST: [["127.0.0.1"]]}).install(monkeypatch)


@pytest.fixture(scope="module")
def server() -> Iterator[RecordingServer]:
    """Serve root -> leaf."""
    with RecordingServer(LEAF) as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path, server: RecordingServer, names: Names) -> Shop:
    """Make a service that may connect to the server."""
    return Shop(tmp_path, ports=[server.port])


def _pin(folder: Path, port: int, pin: str) -> Path:
    path = folder / "pins.toml"
    path.write_text("# kept\n" + pin_file(HOST, pin, SPARE.pin, f"port = {port}"))
    return path


def _text(answer: Answer) -> str:
    return html.unescape(answer.body.decode())


def test_a_host_is_shown_with_everything_to_copy(shop: Shop, server: RecordingServer) -> None:
    """The page has the pins, says what the server sent and what the verified chain adds, and links the certificates."""
    answer = shop.inspect(f"https://user:secret@{HOST}:{server.port}/path")
    text = _text(answer)
    assert answer.status == 200
    assert LEAF.pin in text
    assert "leaf, sent" in text
    assert "root, not sent; the verified chain adds it" in text
    assert f"{(END - NOW).days} days left" in text
    assert "127.0.0.1 (TLSv1.3)" in text
    assert "secret" not in text.partition("<h2>")[2]
    der = re.search(r'href="data:application/pkix-cert;base64,([^"]+)" download="([^"]+)"', answer.body.decode())
    assert der is not None
    assert x509.load_der_x509_certificate(base64.b64decode(der[1])) == LEAF.certificate
    assert der[2] == f"{HOST}-1-1-leaf.der"


def test_a_pinned_host_has_a_verdict_and_others_a_diff(shop: Shop, server: RecordingServer, tmp_path: Path) -> None:
    """A matching key is named, a wrong one is a mismatch, and a new host gets the command and its change."""
    name = f"{HOST}:{server.port}"
    shop.pin_file = _pin(tmp_path, server.port, LEAF.pin)
    assert f"{name} presents live" in _text(shop.inspect(name))
    shop.pin_file = _pin(tmp_path, server.port, Identity.self_signed("other.example.com").pin)
    assert "mismatched" in _text(shop.inspect(name))
    shop.pin_file = _pin(tmp_path, server.port, LEAF.pin)
    shop.pin_file.write_text(shop.pin_file.read_text().replace(HOST, "other.example.com"))
    before = shop.pin_file.read_bytes()
    text = _text(shop.inspect(name))
    assert f"pinsmith add {name} --file {shop.pin_file} --generate-backup" in text
    assert f'+name = "{HOST}"' in text
    assert shop.pin_file.read_bytes() == before


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ("127.0.0.1", 403),
        ("localhost.", 403),
        ("[::1]", 403),
        ("[::ffff:127.0.0.1]", 403),
        ("[::ffff:10.0.0.1]", 403),
        ("169.254.169.254", 403),
        ("0.0.0.0", 403),  # noqa: S104 - it leads to this machine
        ("https://www.example.org@127.0.0.1/", 403),
        ("https://www.example.org\\@127.0.0.1/", 403),
        ("inner.example.com", 403),
        ("mixed.example.com", 403),
        ("2130706433", 400),
        ("0177.0.0.1", 400),
        ("0x7f.0.0.1", 400),
        ("127.1", 400),
        ("http://www.example.com/", 400),
        ("www.example.com:22", 403),
        ("www.example.com#@127.0.0.1", 400),
        ("a" * 5000, 400),
        ("", 400),
    ],
)
def test_nothing_inside_is_reached(typed: str, status: int, shop: Shop, server: RecordingServer, names: Names) -> None:
    """No spelling leads to an address of this machine and its networks, and the page keeps the typed text."""
    names.addresses |= {
        "localhost": [["127.0.0.1"]],
        "inner.example.com": [["127.0.0.1"]],
        "mixed.example.com": [["93.184.215.14", "::ffff:127.0.0.1"]],
        "www.example.org": [["127.0.0.1"]],
    }
    before = len(server.connections)
    shop.allow, shop.ports = (), [443, server.port]
    for text in (typed, f"{typed}:{server.port}" if typed[-1:].isalnum() else typed):
        answer = shop.inspect(text)
        assert answer.status in {status, 400, 403}
        assert "What to do" in _text(answer) or answer.status == 400
        assert f'value="{html.escape(text)}"'.replace("&#x27;", "&#39;")[:2000] in answer.body.decode()
    assert shop.inspect(typed).status == status
    assert len(server.connections) == before


def test_a_name_that_moves_leads_nowhere_else(shop: Shop, names: Names, server: RecordingServer) -> None:
    """The name is looked up once, and what was judged is dialled: the second answer of the name server is not asked."""
    shop.allow = ["127.0.0.9"]
    names.addresses[HOST] = [["127.0.0.9"], ["127.0.0.1"]]
    before = len(server.connections)
    text = _text(shop.inspect(f"{HOST}:{server.port}"))
    assert names.asked == [HOST]
    assert "refused the connection" in text
    assert len(server.connections) == before


def test_a_proxy_of_the_environment_is_not_used(
    shop: Shop, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would look the name up again, where nobody judges the address."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert LEAF.pin in _text(shop.inspect(f"{HOST}:{server.port}"))


def test_hosts_of_the_pin_file_are_asked_wherever_they_are_but_at_their_port_only(
    shop: Shop, server: RecordingServer, tmp_path: Path
) -> None:
    """The operator has named them; another port of the same host is judged like any other host."""
    shop.pin_file, shop.allow, shop.ports = _pin(tmp_path, server.port, LEAF.pin), (), [8443]
    assert "presents live" in _text(shop.inspect(HOST))
    assert "port 22 is not allowed" in _text(shop.inspect(f"{HOST}:22"))
    assert "is not public" in _text(shop.inspect(f"{HOST}:8443"))


@pytest.mark.parametrize(
    ("headers", "token", "status"),
    [
        ({"origin": "https://evil.example.org"}, None, 403),
        ({"sec-fetch-site": "cross-site"}, None, 403),
        ({}, "", 403),
        ({}, "0" * 64, 403),
    ],
)
def test_other_sites_cannot_ask(
    headers: dict[str, str], token: str | None, status: int, shop: Shop, server: RecordingServer
) -> None:
    """A form of another site, or without the token of this page, connects to nothing, and neither does GET or HEAD."""
    before = len(server.connections)
    fields = {"host": f"{HOST}:{server.port}"} | ({} if token is None else {"token": token})
    form, got, head = shop.visit(
        {"path": "/inspect", "fields": fields, "headers": headers},
        {"path": f"/inspect?host={HOST}:{server.port}"},
        {"path": f"/inspect?host={HOST}:{server.port}", "method": "HEAD"},
    )
    assert (form.status, got.status, head.status) == (status, 200, 200)
    assert len(server.connections) == before


def test_people_must_log_in_first(shop: Shop, server: RecordingServer) -> None:
    """Where the service asks for a login, a stranger reaches neither the page nor the call."""
    shop.access = Access(Passwords({"anna": hash_password("correct horse battery")}))
    body = json.dumps({"host": f"{HOST}:{server.port}"}).encode()
    page, call = shop.visit(
        {"path": "/inspect", "fields": {"host": f"{HOST}:{server.port}"}},
        {"path": "/api/v1/inspect", "method": "POST", "headers": JSON, "body": body},
    )
    assert (page.status, call.status) == (401, 401)


def test_nobody_asks_without_end(shop: Shop, server: RecordingServer) -> None:
    """After so many hosts within a minute, the answer says when to come back; the page still has the text."""
    shop.per_minute = 1
    request: dict[str, Any] = {"path": "/inspect", "fields": {"host": f"{HOST}:{server.port}"}}
    first, second = shop.visit(request, request)
    assert (first.status, second.status, second.headers["retry-after"]) == (200, 429, "60")
    assert f"{HOST}:{server.port}" in _text(second)


def test_the_operator_can_switch_it_off(shop: Shop, server: RecordingServer) -> None:
    """Then nothing is contacted, and the page says so."""
    before = len(server.connections)
    shop.is_on = False
    answer = shop.inspect(f"{HOST}:{server.port}")
    assert answer.status == 403
    assert "the operator has switched that off" in _text(answer)
    assert len(server.connections) == before


def test_programs_get_a_document(shop: Shop, server: RecordingServer) -> None:
    """The call follows the same rules, and says in JSON why a host was not asked."""

    def call(body: object, **headers: str) -> dict[str, Any]:
        raw = json.dumps(body).encode()
        return {"path": "/api/v1/inspect", "method": "POST", "headers": {**JSON, **headers}, "body": raw}

    found, inner, unknown, foreign, plain, large = shop.visit(
        call({"host": f"{HOST}:{server.port}"}),
        call({"host": "10.0.0.1"}),
        call({"hosts": []}),
        call({"host": f"{HOST}:{server.port}"}, origin="https://evil.example.org"),
        call({"host": f"{HOST}:{server.port}"}, **{"content-type": "text/plain"}),
        call({"host": "a" * 20_000}),
    )
    document = json.loads(found.body)
    assert document["addresses"][0]["chain"][0]["pin"] == LEAF.pin
    assert document["addresses"][0]["trusted"]
    assert (inner.status, json.loads(inner.body)["error"]["code"]) == (403, "out-of-reach")
    assert [answer.status for answer in (unknown, foreign, plain, large)] == [400, 403, 415, 413]


def _nasty(units: int = 600) -> Identity:
    """Make a self-signed certificate whose names attack whoever reads them: markup, escapes, RTL, and up to 100 kB."""
    text = "<script>alert(1)</script>\"'\x1b[2J\u202e\n"
    attribute = x509.NameAttribute(x509.NameOID.COMMON_NAME, text)
    more = [x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, text * 2) for _ in range(units)]
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([attribute, *more])
    alternative = x509.SubjectAlternativeName([x509.DNSName("<img src=x onerror=alert(1)>"), x509.DNSName(HOST)])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, START, END).add_extension(alternative, False)  # noqa: FBT003
    return Identity(builder.sign(key, hashes.SHA256()), key, issuers=(), root=None)


def test_names_in_certificates_cannot_act(shop: Shop) -> None:
    """A server, or somebody who sends a file, chooses these texts; on the page they are visible and short."""
    nasty = _nasty()
    with RecordingServer(nasty) as hostile:
        shop.ports = [hostile.port]
        live = shop.inspect(f"{HOST}:{hostile.port}")
        api = shop.visit(
            {
                "path": "/api/v1/inspect",
                "method": "POST",
                "headers": JSON,
                "body": json.dumps({"host": f"{HOST}:{hostile.port}"}).encode(),
            }
        )[0]
    larger = _nasty(1000)
    fields = {"pem": f"</textarea><script>1</script>\n{larger.pem}"}
    (pasted,) = shop.visit({"path": "/inspect/certificates", "fields": fields})
    assert larger.pin in pasted.body.decode()
    assert json.loads(api.body)["addresses"][0]["chain"][0]["pin"] == nasty.pin
    for answer in (live, pasted):
        text = answer.body.decode()
        assert answer.status == 200
        assert "more characters)" in text
        assert "<script" not in text
        assert "<img" not in text
        assert not set(text) & {"\x1b", "\u202e"}


def test_certificates_are_read_without_a_connection(shop: Shop) -> None:
    """Pasted text and an uploaded file show the same; another text, or a large one, is an error."""
    chain = "".join([LEAF.certificate.public_bytes(Encoding.PEM).decode(), ROOT.pem])
    boundary = "x-x-x"
    token = re.search(r'name="token" value="([0-9a-f]+)"', shop.visit({"path": "/inspect"})[0].body.decode())
    assert token is not None
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="token"\r\n\r\n{token[1]}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="x.pem"\r\n\r\n{chain}\r\n'
        f"--{boundary}--\r\n"
    )
    multipart = {"content-type": f"multipart/form-data; boundary={boundary}"}
    pasted, uploaded, broken, large, secret, old = shop.visit(
        {"path": "/inspect/certificates", "fields": {"pem": chain}},
        {"path": "/inspect/certificates", "method": "POST", "headers": multipart, "body": parts.encode()},
        {"path": "/inspect/certificates", "fields": {"pem": "hello"}},
        {"path": "/inspect/certificates", "fields": {"pem": "x" * 300_000}},
        {"path": "/inspect/certificates", "fields": {"pem": SPARE.private_pem().decode()}},
        {"path": "/inspect/certificates", "fields": {"pem": SPARE.private_pem().decode(), "token": "old"}},
    )
    for answer in (pasted, uploaded):
        assert answer.status == 200
        assert LEAF.pin in answer.body.decode()
        assert answer.body.decode().count("<details>") == 2
    assert (broken.status, large.status) == (400, 413)
    assert ">hello</textarea>" in broken.body.decode()
    assert (secret.status, old.status) == (400, 403)
    assert "PRIVATE KEY" not in secret.body.decode() + old.body.decode()


def test_both_kinds_of_key_are_shown(shop: Shop) -> None:
    """A server with an RSA and an ECDSA certificate shows each client one of them, and the page shows both."""
    rsa = ROOT.issue(HOST, key="rsa-2048", not_before=START, not_after=END)
    with RecordingServer(LEAF, context_hook=rsa.load_into) as both:
        shop.ports = [both.port]
        text = _text(shop.inspect(f"{HOST}:{both.port}"))
    assert LEAF.pin in text
    assert rsa.pin in text
    assert "Chain 2" in text
