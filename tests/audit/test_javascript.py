"""Pins in TypeScript and JavaScript, in the ways in which applications write them."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from pinsmith import importing
from pinsmith.errors import UnknownFormatError
from tests.audit.read import hosts, notes
from tests.formats.policy import pin

A, B, C = pin("a").base64, pin("b").base64, pin("c").base64
ALIAS: Final = f"""
import {{ initializeSslPinning as init }} from 'react-native-ssl-public-key-pinning';

const HOST = 'api.example.com';
const BACKUP = '{B}';
const Config = {{ wide: true, pins: ['{A}', BACKUP] }} as const;
const options: Record<string, object> = {{
  [HOST]: {{ publicKeyHashes: Config.pins, includeSubdomains: Config.wide, expirationDate: '2031-05-01' }},
  'example.org': {{ publicKeyHashes: [`${{BACKUP}}`, "{C}"] }},
}};

export const start = async () => await init(options);
"""
FETCH: Final = f"""
import {{ fetch as pinned }} from 'react-native-ssl-pinning';
const BASE = 'https://api.example.com';
const certs = ['sha256/{A}', 'sha256/' + '{B}'];

export function load(id) {{
  return pinned(`${{BASE}}/users/${{id}}`, {{ method: 'GET', pkPinning: true, sslPinning: {{ certs }} }});
}}
export const files = () => pinned('https://files.example.com/', {{ sslPinning: {{ certs: ['server'] }} }});
export const other = (url) => pinned(url, {{ pkPinning: true, sslPinning: {{ certs }} }});
export const www = () => pinned('https://www.example.com', {{ pkPinning: true, sslPinning: {{ certs }} }});
"""


@pytest.mark.parametrize("name", ["pins.ts", "pins.tsx", "pins.mts"])
def test_pins_behind_an_alias_are_read(name: str) -> None:
    """An imported function under another name, computed keys, templates and members of objects are followed."""
    file = importing.read(ALIAS.encode(), name)
    assert file.target.id == "rn-public-key-pinning"
    found = {host.host: host for host in file.reading.hosts}
    assert {host: [str(pinned.pin) for pinned in site.pins] for host, site in found.items()} == {
        "api.example.com": [f"sha256/{A}", f"sha256/{B}"],
        "example.org": [f"sha256/{B}", f"sha256/{C}"],
    }
    site = found["api.example.com"]
    assert (site.include_subdomains, site.expires, site.line) == (True, date(2031, 5, 1), 8)
    assert file.reading.notes == ()


def test_an_object_is_still_read_by_its_format() -> None:
    """The reader of the format knows more than code does, so it comes first."""
    text = f"export const options: PinningOptions = {{ 'api.example.com': {{ publicKeyHashes: ['{A}', '{B}'] }} }};"
    assert [host.host for host in importing.read(text.encode(), "pins.ts").reading.hosts] == ["api.example.com"]


@pytest.mark.parametrize(
    ("argument", "rules"),
    [
        ("given", ["value-elsewhere"]),
        ("{ 'api.example.com': given }", ["value-elsewhere"]),
        ("{ ...given }", ["value-elsewhere"]),
        (f"{{ 'api.example.com': {{ publicKeyHashes: ['{A}', Env.PIN] }} }}", ["value-elsewhere"]),
        (f"{{ 'api.example.com': {{ publicKeyHashes: ['{A}'] }} }}", ["too-few-pins"]),
        (f"{{ 'api.example.com': {{ publicKeyHashes: __DEV__ ? [] : ['{A}', '{B}'] }} }}", ["policy-differs"]),
    ],
)
def test_what_is_not_in_the_file_is_noted(argument: str, rules: list[str]) -> None:
    """Parameters, spreads, members of others and branches are never guessed."""
    text = f"import {{ initializeSslPinning }} from 'x';\nconst f = (given) => initializeSslPinning({argument});"
    assert [rule for rule, _ in notes(text, "pins.js")] == rules


def test_the_type_of_options_is_enough() -> None:
    """A constant of the library's type is read although another file passes it on, and a spread in it is noted."""
    domain = f"'api.example.com': {{ publicKeyHashes: ['{A}', '{B}'] }}"
    text = f"import {{ more }} from './more';\nexport const options: PinningOptions = {{ ...more, {domain} }};"
    assert hosts(text, "pins.ts") == {"api.example.com": (2, False)}
    assert {rule for rule, _ in notes(text, "pins.ts")} == {"value-elsewhere"}


def test_requests_are_read() -> None:
    """The host comes from the literal beginning of a URL; files, addresses from elsewhere and www. are notes."""
    assert hosts(FETCH, "api.js") == {"api.example.com": (2, False), "www.example.com": (2, False)}
    assert notes(FETCH, "api.js") == [
        ("pins-elsewhere", 9),
        ("single-certificate", 9),
        ("value-elsewhere", 10),
        ("host-never-matches", 11),
    ]


def test_pins_of_node_are_read() -> None:
    """Maps of hosts are read, pins without a host are a note, and so are fingerprints of certificates."""
    fingerprint = ":".join(["AB"] * 32)
    text = f"""
const pins = {{ 'api.example.com': ['{A}', 'sha256/{B}'] }};
const more = new Map([['example.org', new Set(['{C}'])]]);
const lone = '{C}';
const certificate = '{fingerprint}';
const agent = new https.Agent({{ checkServerIdentity: (host, cert) => compare(cert.publicKey, pins[host]) }});
"""
    assert hosts(text, "agent.mjs") == {"api.example.com": (2, False), "example.org": (1, False)}
    assert notes(text, "agent.mjs") == [("value-elsewhere", 4), ("pins-not-kept", 5)]


@pytest.mark.parametrize(
    "text",
    [
        f"// initializeSslPinning({{ 'api.example.com': {{ publicKeyHashes: ['{A}'] }} }})",
        "const s = 'checkServerIdentity';",
        f"import {{ fetch }} from 'react-native-ssl-pinning'; fetch('https://api.example.com/', {{ body: '{A}' }});",
        "const agent = new https.Agent({ checkServerIdentity: () => undefined });",
        f"const integrity = {{ 'a.example.com': ['{A}'] }};",
        "export type Domain = { publicKeyHashes: [string, string] };",
    ],
    ids=["a comment", "a text", "a request", "no pins", "no check", "a type"],
)
def test_other_code_pins_nothing(text: str) -> None:
    """Comments, texts and other objects are not pins."""
    with pytest.raises(UnknownFormatError):
        importing.read(text.encode(), "other.tsx")
