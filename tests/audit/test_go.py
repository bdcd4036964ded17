"""Pins in Go: the values of expressions, and the ways in which programs compare keys."""

from __future__ import annotations

from typing import Final

import pytest

from pinsmith import importing
from pinsmith.errors import UnknownFormatError
from tests.audit.read import folded, hosts, notes
from tests.formats.policy import pin

A, B, C = pin("a").base64, pin("b").base64, pin("c").base64
HEX: Final = pin("c").digest.hex()
UNKNOWN = None
FOLDED: Final = """package pins

const Host = "api.example.com"
const (
	A, B = "x", `raw\\n`
	C string = "sha256/" + A
	Again
)
var list = []string{A, "b\\x41\\t"}
var set = map[string]bool{"s": true, A: true}
var someOf = map[string]bool{"s": true, A: false}
var none = map[string]struct{}{"e": {}}
var changed, pointed, emptied = "one", "two", []string{"x"}

func f(given string, more ...string) (err error) {
	use(late)
	late := "outer"
	use(late); use(given); use(more); use(err)
	if late := "inner"; true { use(late + "!") }
	use(late + "?")
	{ A := "shadow"; use(A + ".") }
	for _, pin := range list { use(pin) }
	for i := range list { use(i) }
	for at, pin := range list { use(at); keep(pin) }
	use(A); use(B); use(C); use(Again); use(list); use(set); use(someOf); use(none); use(changed); use(pointed)
	use(emptied); use(config.Host); use((Host)); use([...]string{"k", B}); use(string("z")); use(read("x"))
	changed = "three"
	flag.StringVar(&pointed, "pin")
	clear(emptied)
	settings := Settings{Pin: "k"}
	use(settings.Pin)
	twice, err := "1", read()
	twice, other := "2", 3
	use(twice)
	switch kind := any.(type) { case string: use(kind) }
	return
}
"""


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("late", [UNKNOWN, "outer"]),
        ('late + "!"', ["inner!"]),
        ('late + "?"', ["outer?"]),
        ('A + "."', ["shadow."]),
        ("A", ["x"]),
        ("B", ["raw\\n"]),
        ("C", ["sha256/x"]),
        ("list", ["x", "bA\t"]),
        ("pin", ["x", "bA\t"]),
        ("set", ["s", "x"]),
        ("none", ["e"]),
        ("(Host)", ["api.example.com"]),
        ('[...]string{"k", B}', ["k", "raw\\n"]),
        ("settings.Pin", ["k"]),
        ("someOf", ["s", UNKNOWN]),
        *[
            (name, [UNKNOWN])
            for name in (
                *(
                    "Again",
                    "at",
                    "changed",
                    "config.Host",
                    "emptied",
                    "err",
                    "given",
                    "i",
                    "kind",
                    "more",
                    "pointed",
                    "twice",
                ),
                'read("x")',
            )
        ],
    ],
)
def test_go_is_folded(expression: str, values: list[str | None]) -> None:
    """Constants, blocks of them, literals and loops have their texts; what may change or comes from elsewhere none."""
    assert folded(FOLDED, "pins.go")[expression] == values


VERIFY: Final = """
func verify(state tls.ConnectionState) error {
	sum := sha256.Sum256(state.VerifiedChains[0][0].RawSubjectPublicKeyInfo)
	return compare(pins[state.ServerName], sum)
}
"""
RAW: Final = "func check(rawCerts [][]byte) error { return compare(pin, sha256.Sum256(rawCerts[0])) }"
MAP: Final = f"""package pins

const (
	host = "api.example.com"
	live = "{A}"
)

var pins = map[string][]string{{
	host:          {{live, "sha256/" + "{B}"}}, // two keys
	"example.org": {{"{HEX}"}},
	"names":       {{"one"}},
}}
{VERIFY}"""


def test_a_map_of_hosts_is_read() -> None:
    """Constants and literals give hosts and pins, in base64 and in hexadecimal digits."""
    assert hosts(MAP, "pins.go") == {"api.example.com": (2, False), "example.org": (1, False)}
    assert notes(MAP, "pins.go") == []
    assert importing.read(MAP.encode(), "pins.go").target.id == "go"
    grpc = MAP.replace("const (", 'import "google.golang.org/grpc/credentials"\nconst (')
    assert importing.read(grpc.encode(), "pins.go").target.id == "grpc-go"


@pytest.mark.parametrize(
    ("entries", "found", "rules"),
    [
        (f'"a.example.com": {{"{A}": true, "{B}": true}}', {"a.example.com": (2, False)}, []),
        (f'"a.example.com": {{"{A}": true, "{B}": enabled}}', {"a.example.com": (1, False)}, ["value-elsewhere"] * 2),
        (f'env.Host: {{"{A}": true}}', {}, ["value-elsewhere"]),
        (f'"*.example.com": {{"{A}": true}}', {}, ["value-elsewhere"]),
        (f'"a.example.com": {{"{A}": false}}', {}, ["value-elsewhere"]),
        (f'"a.example.com": {{"sha256/{A}": true, "{B[:-3]}=": true}}', {"a.example.com": (1, False)}, ["invalid-pin"]),
        ('"a.example.com": {"sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=": true}', {}, ["invalid-pin"]),
    ],
    ids=[
        "a set",
        "a value from elsewhere",
        "a host from elsewhere",
        "a pattern",
        "a key that is off",
        "a typo",
        "SHA-1",
    ],
)
def test_entries_of_a_map(entries: str, found: dict[str, tuple[int, bool]], rules: list[str]) -> None:
    """The keys of a set are pins; hosts, pins and patterns that the file does not give are notes."""
    text = f"package pins\nvar pins = map[string]map[string]bool{{ {entries} }}\n{VERIFY}"
    assert hosts(text, "pins.go") == found
    assert [rule for rule, _ in notes(text, "pins.go")] == rules


def test_records_are_read() -> None:
    """A record with a field for the host and fields of pins is read, also in a list, and other fields are not hosts."""
    text = f"""package pins
const Host, Pin = "org.example.com", "x.example.com"
var records = []record{{
	{{Host: "api.example.com", Pin: "{A}", Backup: "{B}", Port: 443}},
	{{Domain: given, Pins: []string{{"{C}"}}}},
	{{Host: Host, Pin: "{pin("f").base64}"}},
	{{Label: "other.example.com", Pin: "{pin("d").base64}"}},
	{{Host: "a.example.com", ServerName: "b.example.com", Pin: "{pin("e").base64}"}},
}}
{VERIFY}"""
    assert hosts(text, "pins.go") == {"api.example.com": (2, False), "org.example.com": (1, False)}
    assert notes(text, "pins.go") == [("value-elsewhere", 5), ("value-elsewhere", 7)]


def test_a_map_whose_name_says_that_it_pins_is_read() -> None:
    """Another file compares its pins, so they may be digests of certificates; a map with another name is not read."""
    text = f'package pins\n\nvar certPins = map[string][]string{{"api.example.com": {{"{A}", "sha256/{B}"}}}}\n'
    assert hosts(text, "pins.go") == {"api.example.com": (2, False)}
    assert notes(text, "pins.go") == [("maybe-certificate-hash", 3)]
    assert notes(text.replace(f'"{A}", ', ""), "pins.go") == []
    with pytest.raises(UnknownFormatError):
        importing.read(text.replace("certPins", "shipping").encode(), "pins.go")


def test_a_configuration_with_a_server_name_is_read() -> None:
    """The pins in its function belong to its host, and a configuration that checks nothing else is noted."""
    text = f"""package pins
const pin = "{A}"
var config = &tls.Config{{
	ServerName:         "api.example.com",
	InsecureSkipVerify: true,
	VerifyConnection: func(state tls.ConnectionState) error {{
		sum := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
		if got := base64.StdEncoding.EncodeToString(sum[:]); got != pin && got != "{B}" {{ return errPin }}
		return nil
	}},
}}
"""
    assert hosts(text, "pins.go") == {"api.example.com": (2, False)}
    assert notes(text, "pins.go") == [("chain-unchecked", 5)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f'package pins\nconst pin = "{A}"\n{VERIFY}', [("value-elsewhere", 2)]),
        (MAP.replace("RawSubjectPublicKeyInfo", "Raw"), [("pins-not-kept", 9), ("pins-not-kept", 10)]),
        (
            f'package pins\nconst pin = "{HEX}"\nvar c = tls.Config{{VerifyPeerCertificate: check}}\n{RAW}',
            [("pins-not-kept", 2)],
        ),
        (
            MAP + "func print(c *x509.Certificate) { show(sha256.Sum256(c.Raw)) }",
            [("maybe-certificate-hash", 9), ("maybe-certificate-hash", 10)],
        ),
    ],
    ids=["no host", "certificates", "raw certificates", "both"],
)
def test_digests_that_are_not_pins_of_a_host_are_notes(text: str, found: list[tuple[str, int]]) -> None:
    """Pins without a host, digests of certificates, and files that compute both kinds are noted."""
    assert notes(text, "pins.go") == found


def test_hpkp_is_read() -> None:
    """Headers are read with their subdomains, the map of tls-client with its patterns, and other calls are not."""
    text = f"""package pins
import "github.com/tam7t/hpkp"
func storage(given string) {{
	s := hpkp.NewMemStorage()
	s.Add("api.example.com", &hpkp.Header{{IncludeSubDomains: true, Sha256Pins: []string{{"{A}", "{B}"}}}})
	s.Add(given, &hpkp.Header{{Sha256Pins: []string{{"{C}"}}}})
	s.Add("example.org", &hpkp.Header{{Permanent: true}})
}}
"""
    assert hosts(text, "pins.go") == {"api.example.com": (2, True)}
    assert notes(text, "pins.go") == [("value-elsewhere", 6)]
    text = f"""package pins
import tls_client "github.com/bogdanfinn/tls-client"
var pins = map[string][]string{{"*.example.com": {{"{A}"}}, "b.example.org": {{"{B}"}}}}
var option = tls_client.WithCertificatePinning(pins, nil)
"""
    assert hosts(text, "pins.go") == {"example.com": (1, True), "b.example.org": (1, False)}


@pytest.mark.parametrize(
    "text",
    [
        f'package sums\n// VerifyConnection\nvar sums = map[string]string{{"a.example.com": "{A}"}}',
        f'package a\nvar s = "VerifyConnection"\nvar sums = map[string][]string{{"a.example.com": {{"{A}"}}}}',
        f'package a\n// {{"a.example.com": {{"{A}"}}}}\n{VERIFY}',
        f'package a\nvar keys = map[string]string{{"a.example.com": "c2VjcmV0IGtleQ==", "b": "{A[:-4]}"}}\n{VERIFY}',
        f'package a\nvar commits = map[string]string{{"a.example.com": "{HEX[:40]}"}}\n{VERIFY}',
        f'package a\nvar sums = map[string]string{{"a.example.com": "{HEX}"}}\nvar c = T{{VerifyConnection: f}}',
        f'package a\nvar lock = map[string]string{{"golang.org/x/net v0.1.0": "h1:{A}"}}\n{VERIFY}',
    ],
    ids=[
        "a comment",
        "a text",
        "pins in a comment",
        "other base64",
        "other hashes",
        "digits of an unknown kind",
        "a lock file",
    ],
)
def test_other_code_pins_nothing(text: str) -> None:
    """Comments, texts and maps of hosts to other values are not pins."""
    with pytest.raises(UnknownFormatError):
        importing.read(text.encode(), "other.go")
