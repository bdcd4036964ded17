"""Every fault that a person can make in a pin file is explained with its place and its remedy."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pinsmith.errors import ParseError
from pinsmith.pinfile import parse
from tests.pinfile.sample import API, LEAF, STANDBY, TEXT, changed

DIGEST = LEAF.removeprefix("sha256/")
HEX = "93eab1cf10843195447e02fc1d521e2821d64353fae2e20c34029e345ed0c7c3"


@dataclass(frozen=True)
class Case:
    """*old* of the sample becomes *new*; the error has this place, problem and hint."""

    title: str
    old: str
    new: str
    line: int | None
    key_path: str
    problem: str
    hint: str | None = None


SUBDOMAINS = "include-subdomains = true"
NAME = 'name = "api.example.com"'
KEYS = TEXT[TEXT.index("keys = [") : TEXT.index("include-subdomains")]
ADDRESS = "updates.addresses[1]"
NOT_CANONICAL = "is not the canonical spelling of"

CASES = [
    Case("no version", "version = 1\n", "", None, "", "version is missing", "version = 1"),
    Case("later version", "= 1", "= 2", 1, "version", "version 2 is unknown", "update"),
    Case("version as text", "= 1", '= "1"', 1, "version", "expected the number 1, got '1'", "version = 1"),
    Case("version as truth", "= 1", "= true", 1, "version", "expected the number 1, got true"),
    Case(
        "unknown table",
        "[defaults]",
        "[default]",
        3,
        "default",
        "there is no such setting here",
        "did you mean 'defaults'?",
    ),
    Case(
        "unknown key",
        "expires",
        "expired",
        24,
        "host[0].expired",
        "there is no such setting here",
        "did you mean 'expires'?",
    ),
    Case(
        "unlike any key",
        "role",
        "zzz",
        8,
        "keys.api-2026.zzz",
        "there is no such setting here",
        "the settings here are pin, role, standby",
    ),
    Case("single brackets", "[[host]]", "[host]", 17, "host", "expected tables, [[host]], got a table"),
    Case("keys as array", "[keys.api-2026]", "[[keys]]", 6, "keys", "expected tables, [keys.NAME], got an array"),
    Case("key as text", "[keys.api-2026]", 'keys.x = "y"', 6, "defaults.keys", "there is no such setting here"),
    Case(
        "pin in place of a table",
        "[keys.api-2026]\n",
        "[keys]\nx = 'y'\n",
        7,
        "keys.x",
        "expected a table",
        "write [keys.x],",
    ),
    Case("no name", NAME + "\n", "", 17, "host[0]", "name is missing", "write name ="),
    Case("no pin", f'pin = "{LEAF}"\n', "", 6, "keys.api-2026", "pin is missing", "`pinsmith fetch HOST`"),
    Case("no format", 'format = "okhttp-kotlin"\n', "", 27, "output[0]", "format is missing", "`pinsmith formats`"),
    Case("no keys", KEYS, "", 17, "host[0]", "no keys", 'or set mode = "off"'),
    Case("unknown role", '"leaf"', '"laef"', 8, "keys.api-2026.role", "'laef' is not one of leaf", "'leaf'"),
    Case("unknown mode", '"enforce"', '"block"', 4, "defaults.mode", "is not one of enforce, report-only, off"),
    Case("unknown trust", SUBDOMAINS, 'trust = "pins"', 23, "host[0].trust", "'pins' is not one of", "'pins-only'"),
    Case("role as array", '"leaf"', '["leaf"]', 8, "keys.api-2026.role", "expected a role, got an array"),
    Case(
        "text for truth",
        SUBDOMAINS,
        'include-subdomains = "true"',
        23,
        "host[0].include-subdomains",
        "expected true",
        "without quotes",
    ),
    Case("date in quotes", "2027-06-30", '"2027-06-30"', 24, "host[0].expires", "expected a date", "without quotes"),
    Case("time for a date", "2027-06-30", "2027-06-30T00:00:00Z", 24, "host[0].expires", "expected a date", "alone"),
    Case("no such day", "2027-06-30", "2027-02-30", 24, "", "invalid date or datetime"),
    Case("port zero", SUBDOMAINS, "port = 0", 23, "host[0].port", "a port from 1 to 65535, got 0"),
    Case("port too large", SUBDOMAINS, "port = 65536", 23, "host[0].port", "a port from 1 to 65535, got 65536"),
    Case("port as text", SUBDOMAINS, 'port = "443"', 23, "host[0].port", "a port from 1 to 65535", "without quotes"),
    Case("unknown key name", '"api-2026",', '"api-2025",', 20, "host[0].keys[0]", "there is no key", "'api-2026'"),
    Case("key twice", '"api-standby",', '"api-2026",', 21, "host[0].keys[1]", "is listed twice", "remove"),
    Case("number in keys", '"api-standby",', "7,", 21, "host[0].keys[1]", "expected the name of a key, got 7"),
    Case("bare base64", LEAF, DIGEST, 7, "keys.api-2026.pin", NOT_CANONICAL, f'write "{LEAF}"'),
    Case("hex", LEAF, HEX, 7, "keys.api-2026.pin", "hexadecimal", f'write "{LEAF}"'),
    Case("curl's spelling", LEAF, f"sha256//{DIGEST}", 7, "keys.api-2026.pin", "curl", f'write "{LEAF}"'),
    Case("url-safe", LEAF, LEAF.replace("+", "-"), 7, "keys.api-2026.pin", "URL-safe", f'write "{LEAF}"'),
    Case("no padding", LEAF, LEAF[:-1], 7, "keys.api-2026.pin", "wrong padding", f'write "{LEAF}"'),
    Case("short pin", LEAF, LEAF[:-5] + "=", 7, "keys.api-2026.pin", "expected 32 bytes, got 29", "whole digest"),
    Case("not base64", LEAF, "sha256/???", 7, "keys.api-2026.pin", "expected base64 of 32 bytes", "44 characters"),
    Case("SHA-1", LEAF, "sha1/AAAA", 7, "keys.api-2026.pin", "SHA-1", "get the SHA-256 pin"),
    Case("placeholder", LEAF, f"sha256/{'A' * 43}=", 7, "keys.api-2026.pin", "repeated, not a pin", "real key"),
    Case("bad key name", "[keys.api-2026]", '[keys."a b"]', 6, 'keys."a b"', "cannot name a key", "ASCII letters"),
    Case("key name of escapes", "[keys.api-2026]", '[keys."\\u001b"]', 6, 'keys."\\u001b"', "cannot name a key"),
    Case("upper case", NAME, 'name = "API.example.com"', 18, "host[0].name", NOT_CANONICAL, '"api.example.com"'),
    Case("final dot", NAME, 'name = "api.example.com."', 18, "host[0].name", NOT_CANONICAL, '"api.example.com"'),
    Case("long IPv6", NAME, 'name = "[2001:DB8:0::1]"', 18, "host[0].name", NOT_CANONICAL, '"2001:db8::1"'),
    Case("wildcard", NAME, 'name = "*.example.com"', 18, "host[0].name", "is not a host", "include-subdomains = true"),
    Case("URL", NAME, 'name = "https://example.com/"', 18, "host[0].name", "is not a host", "without scheme"),
    Case("with port", NAME, 'name = "example.com:8443"', 18, "host[0].name", "is not a host", "port = 8443"),
    Case("with path", NAME, 'name = "example.com/a"', 18, "host[0].name", "is not a host", "without scheme and path"),
    Case("leading dot", NAME, 'name = ".example.com"', 18, "host[0].name", "is not a host", "include-subdomains"),
    Case("public suffix", NAME, 'name = "co.uk"', 23, "host[0].include-subdomains", "public suffix", "each host"),
    Case("ftp URL", "https://reports", "ftp://reports", 25, "host[0].report-uris[0]", "not an http or https URL"),
    Case("URL alone", '"https://reports.example.net/pins"', '"/pins"', 25, "host[0].report-uris[0]", "not an http"),
    Case("no host", "reports.example.net", "", 25, "host[0].report-uris[0]", "is not a URL", "https://reports"),
    Case("password", "https://r", "https://u:p@r", 25, "host[0].report-uris[0]", "user name or password", "remove it"),
    Case("bad port", "example.net/", "example.net:x/", 25, "host[0].report-uris[0]", "is not a URL", "https://"),
    Case("no name check", SUBDOMAINS, "check-host-name = false", 17, "host[0]", 'needs trust = "pins-only"'),
    Case("NUL in a path", "app/Pins.kt", "a\\u0000b", 29, "output[0].path", "unprintable"),
    Case("empty path", "app/Pins.kt", "", 29, "output[0].path", "got an empty text"),
    Case(
        "allow without reason", '\nreason = "it is our own"', "", 32, "lint.allow[0]", "reason is missing", "reason = "
    ),
    Case("allow with an empty reason", "it is our own", " ", 35, "lint.allow[0].reason", "is empty", "say why"),
    Case(
        "allow for a URL",
        f'host = "{API}"\nreason',
        f'host = "https://{API}/"\nreason',
        34,
        "lint.allow[0].host",
        "is not",
        "",
    ),
    Case("allow with a path", "reason =", "path =", 35, "lint.allow[0].path", "no such setting", "reason"),
    Case(
        "no addresses",
        'addresses = ["https://updates.example.com/pins", "https://updates.example.org/"]\n',
        "",
        37,
        "updates",
        "addresses is missing",
        "write addresses =",
    ),
    Case(
        "no address",
        '"https://updates.example.com/pins", "https://updates.example.org/"',
        "",
        38,
        "updates.addresses",
        "no address",
        "name the place",
    ),
    Case(
        "updates in clear", "https://updates.example.org/", "http://a.test/", 38, ADDRESS, "not an https URL", "write"
    ),
    Case("query", "https://updates.example.org/", "https://a.test/?a", 38, ADDRESS, "not an https URL", "write"),
    Case("fragment", "https://updates.example.org/", "https://a.test/#a", 38, ADDRESS, "not an https URL", "write"),
    Case("updates of nobody", "https://updates.example.org/", "https:///", 38, ADDRESS, "is not a URL"),
    Case("endless delay", "= 14", "= 91", 39, "updates.removal-delay", "from 0 to 90, got 91"),
    Case("no delay", "= 14", "= -1", 39, "updates.removal-delay", "from 0 to 90"),
    Case("off", "removal-delay = 14", 'after-expiry = "off"', 39, "updates.after-expiry", "not one of refuse, floor"),
    Case("no root", "removal-delay = 14", 'root = ""', 39, "updates.root", "got an empty text"),
    Case("option table", '"com.example.net"', "{ a = 1 }", 30, "output[0].package", "expected text"),
    Case(
        "key stands twice", NAME, f"{NAME}\n{NAME}", 19, "host[0].name", "is defined twice, first in line 18", "remove"
    ),
    Case("table twice", "[keys.api-standby]", "[keys.api-2026]", 13, "keys.api-2026", "first in line 6", "remove"),
    Case("unquoted", f'"{STANDBY}"', STANDBY, 14, "", "not TOML", "quotes"),
    Case("missing quote", '"leaf"', '"leaf', 8, "", "not TOML: illegal character '\\n'"),
    Case("no bracket", "[keys.api-standby]", "[keys.api-standby", 13, "", "not TOML: expected ']'"),
    Case("bare word", "[defaults]", "defaults", 3, "", "not TOML: expected '='"),
    Case("long number", SUBDOMAINS, f"port = 1{'0' * 5000}", 23, "", "a number is too long"),
    Case("huge number", SUBDOMAINS, f"port = 0x{'f' * 5000}", 23, "host[0].port", "got a huge number"),
    Case("nested brackets", SUBDOMAINS, f"include-subdomains = {'[' * 5000}", 23, "", "nested too deeply"),
    Case("endless key", SUBDOMAINS, f"{'a.' * 300}a = 1", 23, "", "more than 250 dots"),
    Case("NUL", SUBDOMAINS, "\0", 23, "", "a NUL character", "UTF-16"),
    Case("lone surrogate", "CN=api", "CN=\udc80", 10, "", "not UTF-8 text"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_fault_is_explained_and_placed(case: Case, line_end: str) -> None:
    """The error names file, line and key path, explains the fault and, where possible, gives the remedy."""
    text = changed(case.old, case.new).replace("\n", line_end)
    with pytest.raises(ParseError) as caught:
        parse(text, file="conf/pins.toml")
    error = caught.value
    assert (error.line, error.key_path) == (case.line, case.key_path)
    assert case.problem in error.problem
    assert (case.hint or "") in (error.hint or "")
    assert "\n" not in str(error)
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"leaf"', '"leaf', (8, 13)),
        ('role = "leaf"', '  role = "laef"', (8, 3)),
        (SUBDOMAINS, '"\N{GRINNING FACE}" = "\N{GRINNING FACE}" =', (23, 11)),
    ],
    ids=["not TOML", "an indented key", "columns are characters, not bytes"],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_fault_has_a_column(old: str, new: str, place: tuple[int, int], line_end: str) -> None:
    """It counts characters from 1, wherever the line ends."""
    with pytest.raises(ParseError) as caught:
        parse(changed(old, new).replace("\n", line_end), file="conf/pins.toml")
    assert (caught.value.line, caught.value.column) == place
    assert str(caught.value).startswith("conf/pins.toml:{}:{}: ".format(*place))


def test_the_text_begins_with_the_place() -> None:
    """The text begins with FILE:LINE:COLUMN, to which editors and terminals can jump."""
    with pytest.raises(ParseError) as caught:
        parse(changed('"leaf"', '"laef"'), file="conf/pins.toml")
    assert str(caught.value) == (
        "conf/pins.toml:8:1: keys.api-2026.role: 'laef' is not one of leaf, intermediate, root, unknown"
    )


@pytest.mark.parametrize("text", ["", "\n\n", "  ", "\ufeff"], ids=["nothing", "blank lines", "blanks", "mark"])
def test_an_empty_file_is_called_empty(text: str) -> None:
    """A file that was never written, or was cut to nothing, is reported as empty."""
    with pytest.raises(ParseError, match=r"^pins\.toml: the file is empty$") as caught:
        parse(text)
    assert caught.value.hint == "delete it, and create one with `pinsmith init HOST`"


def test_a_host_has_one_entry_whatever_its_spelling() -> None:
    """The readable and the A-label spelling are one host, which may have only one entry."""
    host = 'mode = "off"\n[[host]]\nname = '
    text = f'version = 1\n[[host]]\nname = "bücher.example"\n{host}"a.example"\n{host}"xn--bcher-kva.example"\n'
    with pytest.raises(ParseError, match="is listed twice, first as host") as caught:
        parse(text + 'mode = "off"\n')
    assert (caught.value.line, caught.value.key_path) == (9, "host[2].name")


def test_a_default_for_subdomains_stops_at_public_suffixes() -> None:
    """The hint names the line to write, because the entry itself did not ask for subdomains."""
    text = changed(
        'mode = "enforce"', SUBDOMAINS, text=changed(NAME, 'name = "co.uk"', text=changed(f"{SUBDOMAINS}\n", ""))
    )
    with pytest.raises(ParseError, match="public suffix") as caught:
        parse(text)
    assert caught.value.key_path == "host[0].name"
    assert caught.value.hint == "write include-subdomains = false in this entry"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("role", "r" * 100_000),
        ('"leaf"', f'"{"l" * 100_000}"'),
        ('"api-2026",', f'"{"k" * 100_000}",'),
        ("api-2026]", f"{'k' * 100_000}]"),
        (NAME, 'name = "' + "a" * 100_000 + '"'),
        (SUBDOMAINS, "aaaaaaaaaa." * 200 + "a = 1"),
        (LEAF, "A" * 100_000),
        ("https://reports", "https://" + "a" * 100_000),
        ("example.net/", f"example.net:{'1' * 100_000}/"),
        ("example.net/", "example.net" + "\u2100" * 1000 + "/"),
        ('okhttp-kotlin"', f'x"\n{"o" * 100_000} = []\n{"o" * 100_000} = []'),
    ],
    ids=["key", "role", "key name", "table", "host", "dotted key", "pin", "URL", "port", "odd host", "key twice"],
)
def test_a_message_stays_short(old: str, new: str) -> None:
    """The error fits a terminal, however long the offending text is."""
    with pytest.raises(ParseError) as caught:
        parse(changed(old, new))
    assert len(str(caught.value)) + len(caught.value.hint or "") < 500


def test_a_truncated_file_is_an_error_or_a_shorter_file() -> None:
    """A file cut off anywhere gives a policy or an error with a place, and nothing else."""
    for length in range(0, len(TEXT), 7):
        fault: ParseError | None = None
        try:
            parse(TEXT[:length])
        except ParseError as error:
            fault = error
        assert fault is None or fault.line is not None or length < len("version = 1"), TEXT[:length]
