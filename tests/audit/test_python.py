"""Pins in Python: the values of expressions, and the ways in which programs compare keys."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from pinsmith import importing, pinfile
from pinsmith.errors import ParseError, UnknownFormatError
from tests.audit.read import folded, hosts, notes
from tests.formats.policy import PLAIN, pin

A, B, C = pin("a").base64, pin("b").base64, pin("c").base64
HEX: Final = pin("c").digest.hex()
UNKNOWN = None
FOLDED: Final = r"""
from elsewhere import pin as imported
HOST, OTHER = "api.example.com", "b.example.com"
A: Final[str] = 'x' "y"
D = E = "c"
LIST = [A, f"sha256/{D}"]
MORE = LIST + ("m", *LIST)
escaped, octal, raw = "a\x41\.", "\101", r"a\.b"
changed = branch = "one"
if DEBUG: branch = "two"
class Config(Base):
    HOST = "of the class"
    pin = "p" + A
    joined = pin + "z"
    unset: str
    def __init__(self, given, default=HOST):
        self.own = "o"
        self.given = given
        use(HOST)
        use(default)
        use(pin)
    def f(self):
        use(self.pin); use(self.joined); use(self.own); use(self.given); use(Config.pin); use(Config.unset)
        use(elsewhere.Config.pin)
        class Inner:
            def g(self): use(self.HOST)
def local():
    global changed
    changed = "three"
    D = "local"
    use(D + "!")
    for pin in LIST: use(pin + "")
    [use(each) for each in LIST]
    N = ["x"]
    N.append("y")
    O = ["x"]
    O.extend(more)
    for left, right in PAIRS: use(right)
    with open(A) as file: use(file)
    use(N); use(O)
def g(OTHER): use(OTHER)
def h():
    use(A); use(LIST); use(MORE); use(escaped); use(raw); use(changed); use(branch); use(D); use(E); use(imported)
    use(frozenset({A})); use(b"b"); use(other.pin); use(A % 1); use(f"{A!r}"); use((HOST)); use(os.environ["x"])
    use(octal); use(A * 2); use(read(A)); use(f"{A}.{D}")
    key.held = "set"
    use(key.held)
"""


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("A", ["xy"]),
        ("E", ["c"]),
        ("LIST", ["xy", "sha256/c"]),
        ("MORE", ["xy", "sha256/c", "m", "xy", "sha256/c"]),
        ("escaped", ["aA\\."]),
        ("octal", [UNKNOWN]),
        ("raw", ["a\\.b"]),
        ("HOST", ["api.example.com"]),
        ("(HOST)", ["api.example.com"]),
        ('D + "!"', ["local!"]),
        ("D", ["c"]),
        ('pin + ""', ["xy", "sha256/c"]),
        ("each", ["xy", "sha256/c"]),
        ("self.pin", ["pxy"]),
        ("Config.pin", ["pxy"]),
        ("self.joined", ["pxyz"]),
        ("self.own", ["o"]),
        ("frozenset({A})", ["xy"]),
        ('b"b"', ["b"]),
        ('f"{A}.{D}"', ["xy.c"]),
        *[
            (name, [UNKNOWN])
            for name in (
                *("A % 1", "A * 2", "Config.unset", "N", "O", "OTHER", "branch", "changed", "default", "file"),
                *('f"{A!r}"', "imported", "key.held", 'os.environ["x"]', "other.pin", "pin", "read(A)", "right"),
                *("self.HOST", "self.given", "elsewhere.Config.pin"),
            )
        ],
    ],
)
def test_python_is_folded(expression: str, values: list[str | None]) -> None:
    """Names have the values of their scope, attributes those of their class, and what may change has none."""
    assert folded(FOLDED, "pins.py")[expression] == values


CHECK: Final = """
def check(sock, host):
    key = load_der_x509_certificate(sock.getpeercert(True)).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return pin_of(spki) in PINS[host]
"""
MAP: Final = f"""
HOST = "api.example.com"
class Pins:
    live = "{A}"
PINS: dict[str, set[str]] = {{
    HOST: {{Pins.live, f"sha256/{{Pins.live}}", "sha256/" "{B}"}},  # two keys
    "example.org": ("{HEX}",),
    "names": ["one"],
}}
{CHECK}"""


def test_a_map_of_hosts_is_read() -> None:
    """Constants, attributes and templates give hosts and pins, in base64 and in hexadecimal digits."""
    assert hosts(MAP, "pins.py") == {"api.example.com": (2, False), "example.org": (1, False)}
    assert notes(MAP, "pins.py") == []
    assert importing.read(MAP.encode(), "pins.py").target.id == "python-standalone"
    qt = "from PySide6.QtNetwork import QSslSocket\n" + MAP
    assert importing.read(qt.encode(), "pins.py").target.id == "qt-pyside"


def test_records_are_read() -> None:
    """Dictionaries and calls with a host and pins are read, and so is a map whose name says that it pins."""
    text = f"""
SITES = [
    {{"hostname": "api.example.com", "pins": ["{A}", "{B}"], "timeout": 3}},
    Site(host="example.org", pin="{C}"),
    dict(label="other.example.com", spki="{pin("d").base64}"),
]
{CHECK}"""
    assert hosts(text, "pins.py") == {"api.example.com": (2, False), "example.org": (1, False)}
    assert notes(text, "pins.py") == [("value-elsewhere", 5)]
    text = f'PINS = {{}}\nPINS["api.example.com"] = ["{A}"]\nPINS[given] = ["{B}"]\nOTHER["b.example.com"] = 1\n{CHECK}'
    assert hosts(text, "pins.py") == {"api.example.com": (1, False)}
    assert notes(text, "pins.py") == [("value-elsewhere", 3)]
    text = f'PUBKEY_HASHES = {{"api.example.com": ["sha256/{A}"]}}\n'
    assert hosts(text, "constants.py") == {"api.example.com": (1, False)}
    with pytest.raises(UnknownFormatError):
        importing.read(text.replace("PUBKEY_HASHES", "PINE_TREES").encode(), "constants.py")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f'PINS = {{"a.example.com": ["{A}"], **more, config.HOST: ["{B}"]}}\n{CHECK}', [("value-elsewhere", 1)]),
        (f'PINS = {{"a.example.com": ["{A}"] + given}}\n{CHECK}', [("value-elsewhere", 1)]),
        (f'PINS = {{"*.example.com": ["{A}"]}}\n{CHECK}', [("value-elsewhere", 1)]),
        (f'PIN = "{A}"\n{CHECK}', [("value-elsewhere", 1)]),
        (f'PINS = {{"a.example.com": "{HEX}"}}\nf(sha256(sock.getpeercert(True)), PINS)', [("pins-not-kept", 1)]),
        (f'PIN = "{HEX}"\nder = sock.getpeercert(True)\nf(hashlib.sha256(der), PIN)', [("pins-not-kept", 1)]),
        (f'PINS = {{"a.example.com": "{HEX}"}}\nf(x509.load(c).fingerprint(SHA256()), PINS)', [("pins-not-kept", 1)]),
        (f'PINS = {{"a.example.com": "{A}"}}\nf(sock.getpeercert(True), PINS)', [("maybe-certificate-hash", 1)]),
    ],
)
def test_what_is_not_a_pin_of_a_host_is_noted(text: str, found: list[tuple[str, int]]) -> None:
    """Values from elsewhere, patterns, pins without a host and digests of certificates are never guessed."""
    assert notes(text, "pins.py") == found


def test_fingerprints_are_notes() -> None:
    """urllib3, requests-toolbelt and aiohttp compare certificates; the host comes from the pool or the address."""
    text = f"""
import aiohttp
PRINT = "{HEX}"
session.mount("https://api.example.com/", FingerprintAdapter("{HEX}"))
pool = urllib3.HTTPSConnectionPool("b.example.com", assert_fingerprint=PRINT, retries=1)
none = urllib3.PoolManager(assert_fingerprint=None)
passed = urllib3.PoolManager(assert_fingerprint=given)
async def f(session):
    await session.get("https://c.example.com/x", ssl=aiohttp.Fingerprint(bytes.fromhex("{HEX}")))
"""
    file = importing.read(text.encode(), "pins.py")
    assert [(note.rule, note.message.split()[0]) for note in file.reading.notes] == [
        ("pins-not-kept", "FingerprintAdapter"),
        ("pins-not-kept", "assert_fingerprint"),
        ("value-elsewhere", "assert_fingerprint"),
        ("pins-not-kept", "Fingerprint"),
    ]
    kept = [note.message for note in file.reading.notes if note.rule == "pins-not-kept"]
    assert [message.split(" of ")[1].split(",")[0] for message in kept] == [
        "api.example.com",
        "b.example.com",
        "c.example.com",
    ]


def test_pins_of_pycurl_are_read() -> None:
    """The pins of a handle belong to its addresses; files, and values from elsewhere, are notes."""
    text = f"""
PINS = "sha256//{A};sha256//{B}"
def f(path):
    c = pycurl.Curl()
    c.setopt(pycurl.URL, f"https://api.example.com/{{path}}")
    c.setopt(pycurl.PINNEDPUBLICKEY, PINS)
def g(url, pin):
    c, d, e = handles()
    c.setopt(c.PINNEDPUBLICKEY, PINS)
    d.setopt(d.URL, url)
    d.setopt(d.PINNEDPUBLICKEY, PINS)
    e.setopt(e.URL, "https://example.org/")
    e.setopt(e.PINNEDPUBLICKEY, "key.pem")
def h(c):
    c.setopt(c.URL, "https://b.example.com/")
    c.setopt(c.PINNEDPUBLICKEY, "sha256//{A}")
    c.setopt(c.PINNEDPUBLICKEY, "sha256//{C}")
"""
    assert importing.read(text.encode(), "pins.py").target.id == "curl"
    assert hosts(text, "pins.py") == {"api.example.com": (2, False)}
    assert notes(text, "pins.py") == [
        ("value-elsewhere", 9),
        ("value-elsewhere", 11),
        ("pins-elsewhere", 13),
        ("value-elsewhere", 16),
        ("value-elsewhere", 17),
    ]


POLICY: Final = f"""
from pinsmith import HostPins, Key, Pin, Policy
LIVE = Key("live", Pin.parse("{A}"))
KEYS = (LIVE, Key("next", pin=Pin.parse("sha256/{B}"), standby=True))
POLICY = Policy((
    HostPins("api.example.com", KEYS, include_subdomains=True, expires=date(2031, 5, 1)),
    HostPins("report.example.com", [*KEYS], "report-only", report_uris=("https://reports.example.net/",)),
    HostPins("off.example.com", mode="off"),
    HostPins("other.example.com", (LIVE, other)),
    HostPins("odd.example.com", KEYS, mode=MODE, trust="pins-only", port=8443),
))
"""


def test_a_policy_is_read() -> None:
    """Hosts have their keys and settings, and what the file does not give, or a policy does not hold, is noted."""
    found = {host.host: host for host in importing.read(POLICY.encode(), "policy.py").reading.hosts}
    assert {host: len(site.pins) for host, site in found.items()} == {
        "api.example.com": 2,
        "report.example.com": 2,
        "off.example.com": 0,
        "other.example.com": 1,
        "odd.example.com": 2,
    }
    api, report = found["api.example.com"], found["report.example.com"]
    assert (api.include_subdomains, api.expires, api.report_only) == (True, date(2031, 5, 1), False)
    assert (report.report_only, report.report_uris) == (True, ("https://reports.example.net/",))
    assert found["off.example.com"].exempt
    assert notes(POLICY, "policy.py") == [
        ("value-elsewhere", 9),
        ("value-elsewhere", 10),
        ("setting-not-kept", 10),
        ("chain-unchecked", 10),
    ]


def test_a_pin_file_in_code_is_read() -> None:
    """The text of a pin file is read as such, and a broken one is an error."""
    text = f'from pinsmith import pinfile\nPOLICY = pinfile.parse("""{pinfile.write(PLAIN)}""")'
    assert hosts(text, "policy.py") == {"api.example.com": (2, False)}
    with pytest.raises(ParseError):
        importing.read(text.replace("version", "versoin").encode(), "policy.py")


@pytest.mark.parametrize(
    "text",
    [
        f'# getpeercert\nSUMS = {{"a.example.com": "{A}"}}',
        f'"""getpeercert"""\nSUMS = {{"a.example.com": "{A}"}}',
        f'from twisted.conch import keys\nSSH = "{A}"\nprint(keys.Key.fromFile("key").fingerprint(), SSH)',
        f'# PINS = {{"a.example.com": ["{A}"]}}\n{CHECK}',
        f'KEYS = {{"a.example.com": "c2VjcmV0IGtleQ==", "b": "{A[:-4]}"}}\n{CHECK}',
        f'LOCK = {{"name.example": {{"hash": "sha256:{HEX}"}}, "b.example": ["sha384-{A}"]}}\n{CHECK}',
        f'from pinsmith import HostPins\nKEY = "{A}"',
        f'class Fingerprint: ...\nprint(Fingerprint("{HEX}"))',
    ],
    ids=[
        "a comment",
        "a text",
        "a key of SSH",
        "pins in a comment",
        "other base64",
        "a lock",
        "an import",
        "another class",
    ],
)
def test_other_code_pins_nothing(text: str) -> None:
    """Comments, texts and maps of hosts to other values are not pins."""
    with pytest.raises(UnknownFormatError):
        importing.read(text.encode(), "other.py")
