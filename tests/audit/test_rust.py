"""Pins in Rust, in the ways in which programs write them."""

from __future__ import annotations

from typing import Final

import pytest

from pinsmith import audit
from pinsmith.audit._code import Code
from pinsmith.audit._value import Known
from pinsmith.audit.languages.rust import RUST
from pinsmith.errors import UnknownFormatError
from tests.audit.read import hosts, notes
from tests.formats.policy import pin

A, B, C = pin("a").base64, pin("b").base64, pin("c").base64
TABLES: Final = f"""
use rustls::client::danger::ServerCertVerifier;

const HOST: &str = "api.example.com";
static LEAF: &'static str = "{A}";
const PINS: &[&str] = &[LEAF, concat!("sha256/", "{B}")];
static ENTRIES: &[(&str, &[&str])] = &[
    (HOST, PINS), // two keys
    ("example.org", &["{C}"]),
];

struct Entry {{ host: &'static str, pins: &'static [&'static str], days: u32 }}
const ENTRY: Entry = Entry {{ host: "entry.example.com", pins: &["{A}"], days: 90 }};

fn pins() -> HashMap<String, Vec<String>> {{
    let mut map = HashMap::from([("map.example.com".to_string(), vec![String::from(LEAF), "{B}".into()])]);
    map.insert("more.example.com".to_owned(), vec![LEAF.to_string()]);
    map.insert("names".to_owned(), vec!["one".to_string()]);
    map
}}

fn of(host: &str) -> &'static [&'static str] {{
    match host {{
        "one.example.com" | "two.example.com" => PINS,
        "other.example.com" => &["none"],
        _ => &[],
    }}
}}

fn pin(spki: &[u8]) -> String {{ BASE64.encode(Sha256::digest(spki)) }}
"""
VALUES: Final = r"""
const PIN: &str = "one";
const LIST: &[&str] = &[PIN, r"a\b"];
#[cfg(debug_assertions)]
const BUILD: &str = "a";
#[cfg(not(debug_assertions))]
const BUILD: &str = "b";
const LONG: &str = "a\
    b";
struct Config { field: &'static str }
impl Config {
    const INNER: &'static str = "inner";
    fn new(&mut self) { self.field = "a"; }
}
fn f(given: &str, config: Config) {
    let owned = vec![PIN.to_string(), String::from("x")];
    let mut grown = vec![PIN];
    grown.push(given);
    let mut changed = "a";
    changed = given;
    let again = PIN;
    let again = read(again);
    let chosen = if debug { "a" } else { "b" };
    if let Some(bound) = read() {}
    use_(HERE);
}
"""


def test_tables_of_hosts_are_read() -> None:
    """Pairs, maps, branches and structs give hosts and pins, and other tables do not."""
    assert hosts(TABLES, "pins.rs") == {
        "api.example.com": (2, False),
        "example.org": (1, False),
        "entry.example.com": (1, False),
        "map.example.com": (2, False),
        "more.example.com": (1, False),
        "one.example.com": (2, False),
        "two.example.com": (2, False),
    }
    assert notes(TABLES, "pins.rs") == []
    assert audit.read(TABLES.encode(), "pins.rs")[0].id == "rust-rustls"
    assert audit.read(f"use reqwest::Client;\n{TABLES}".encode(), "pins.rs")[0].id == "rust-reqwest"


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("PIN", ["one"]),
        ("&PIN", ["one"]),
        ("LIST", ["one", r"a\b"]),
        ("LIST.iter()", ["one", r"a\b"]),
        ("owned", ["one", "x"]),
        ("Config::INNER", ["inner"]),
        ('concat!("a", "b")', ["ab"]),
        ('vec!["a", vec![PIN][0]]', ["a", None]),
        ('"vec![]"', ["vec![]"]),
        ("INNER", [None]),
        ("BUILD", [None]),
        ("LONG", [None]),
        ("grown", [None]),
        ("changed", [None]),
        ("again", [None]),
        ("chosen", [None]),
        ("bound", [None]),
        ("given", [None]),
        ("config.field", [None]),
        ("crate::config::PIN", [None]),
        ('format!("{}", PIN)', [None]),
        ('env!("PIN")', [None]),
        ("Pin::from(PIN)", [None]),
        ("PIN[1..]", [None]),
    ],
)
def test_rust_is_folded(expression: str, values: list[str | None]) -> None:
    """Constants, lists and their copies have texts; what another file or the build decides is not known."""
    code = Code(VALUES.replace("HERE", expression), "file", RUST)
    (match,) = code.find("use_($VALUE)")
    found = code.values(match["VALUE"])
    assert [value.text if isinstance(value, Known) else None for value in found] == values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f'const PIN: &str = "{A}";\nimpl ServerCertVerifier for V {{ fn f(spki: &[u8]) {{}} }}', "value-elsewhere"),
        (f'const P: &[(&str, &str)] = &[(env!("HOST"), "{A}")]; // ServerCertVerifier', "value-elsewhere"),
        (f'// rustls\nconst P: &[(&str, &[&str])] = &[("a.example.com", &["{A}", config::PIN])];', "value-elsewhere"),
        (
            f'// rustls\nfn f(end_entity: &C) {{ m.insert("a.example.com", "{A}"); Sha256::digest(end_entity); }}',
            "pins-not-kept",
        ),
    ],
)
def test_what_is_not_a_pin_of_a_host_is_noted(text: str, found: str) -> None:
    """Pins without a host, values from elsewhere and digests of certificates are notes."""
    assert [rule for rule, _ in notes(text, "pins.rs")] == [found]


@pytest.mark.parametrize(
    "text",
    [
        f'const P: &[(&str, &str)] = &[("a.example.com", "{A}")];',
        f'// use rustls; const P: &[(&str, &str)] = &[("a.example.com", "{A}")];',
        'use rustls::ClientConfig;\nconst P: &[(&str, &str)] = &[("a.example.com", "one")];',
        f'use reqwest::Client;\nconst CHECKSUM: &str = "{pin("a").hex}";',
    ],
    ids=["no check", "a comment", "other texts", "a checksum"],
)
def test_other_code_pins_nothing(text: str) -> None:
    """Comments, other tables and digests of files are not pins."""
    with pytest.raises(UnknownFormatError):
        audit.read(text.encode(), "other.rs")
