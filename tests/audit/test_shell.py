"""Pins in shell, in the ways in which scripts write them."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from pinsmith import audit, rules
from pinsmith.audit._code import Code
from pinsmith.audit._value import Known
from pinsmith.audit.languages.bash import BASH
from pinsmith.errors import UnknownFormatError
from tests.audit.read import hosts, notes
from tests.formats.policy import pin

A, B, C = pin("a").base64, pin("b").base64, pin("c").base64
HEX: Final = pin("a").hex
VALUES: Final = r"""
PIN="one"; readonly HOST=api.example.com
export MIXED='x'y
joined="${PIN};\
two"
escaped="a\$b\n"; dollar="ab$"; spaced="$PIN $HOST"
f() { local given=$1; }
LIST=(a b)
CHANGED="one"; CHANGED="two"
GROWN="a"; GROWN+="b"
read -r READ; READ=x
FOR_ONE=x command; FOR_ONE=y
for looped in a b; do :; done
( inner=b; use "$inner" ); inner=a
before=x; readonly fixed=x
"""
CURL: Final = f"""#!/bin/bash
set -euo pipefail
readonly HOST="api.example.com"
LEAF='sha256//{A}'
BACKUP="sha256//{B}"
curl --silent --fail -H "Referer: https://www.example.net/" -o out.json \\
  --pinnedpubkey "$LEAF;${{BACKUP}}" "https://${{HOST}}/v1/status"
sudo -u www wget -q --pinnedpubkey="sha256//{C}" -O - https://example.org:8443/file > out.txt
curl -sSLo file --pinnedpubkey sha256//{A} --url https://static.example.com \\
  --next --pinnedpubkey sha256//{B} https://www.example.com/
/usr/bin/curl > log --pinnedpubkey sha256//{C} https://log.example.com
curl https://unpinned.example.com/
"""


def test_commands_of_curl_and_wget_are_read() -> None:
    """Variables, joined pins, several requests and the values of other options are told apart."""
    assert hosts(CURL, "fetch.sh") == {
        "api.example.com": (2, False),
        "example.org": (1, False),
        "static.example.com": (1, False),
        "www.example.com": (1, False),
        "log.example.com": (1, False),
    }
    assert notes(CURL, "fetch.bash") == []
    assert audit.read(CURL.encode(), "fetch.sh")[0].id == "curl-shell"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('"$PIN"', "one"),
        ("$MIXED", "xy"),
        ('"https://$HOST/"', "https://api.example.com/"),
        ('"$joined"', "one;two"),
        ('"$escaped"', r"a$b\n"),
        ("'$PIN'", "$PIN"),
        ('"$inner"', "a"),
        ('"$dollar"', None),
        ('"$spaced"', None),
        ('"$given"', None),
        ('"$LIST"', None),
        ('"$CHANGED"', None),
        ('"$GROWN"', None),
        ('"$READ"', None),
        ('"$FOR_ONE"', None),
        ('"$looped"', None),
        ('"${PIN:-other}"', None),
        ('"${PIN%e}"', None),
        ('"${#PIN}"', None),
        ('"$1"', None),
        ('"$(cat pin)"', None),
        ("on*", None),
        ('"$PIN$UNSET"', None),
    ],
)
def test_shell_is_folded(expression: str, value: str | None) -> None:
    """Variables with one value have it; parameters, defaults, patterns and what is set twice are not known."""
    assert _last(f"{VALUES}\nuse {expression}") == value


def test_a_file_that_is_sourced_may_set_earlier_variables_again() -> None:
    """After `.`, `source` or `eval` only later variables and constants are known."""
    text = f"{VALUES}\n. ./settings.sh\nafter=x\nuse "
    assert [_last(text + name) for name in ("$before", "$fixed", "$after")] == [None, "x", "x"]


def _last(text: str) -> str | None:
    code = Code(text, "file", BASH)
    (*_, command) = (node for node in code.find_kinds(frozenset({"command"})) if node.text().startswith("use"))
    (value,) = code.values(command.children()[-1])
    return value.text if isinstance(value, Known) else None


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (f'curl --pinnedpubkey "sha256//{A}" "$1"', ["value-elsewhere"]),
        (f'curl --pinnedpubkey "sha256//{A}" "https://$REGION.example.com/"', ["value-elsewhere"]),
        (f'curl --pinnedpubkey "sha256//{A}" "https://{{a,b}}.example.com/"', ["value-elsewhere"]),
        (f'curl --pinnedpubkey "sha256//{A}" --new-option https://api.example.com/', ["value-elsewhere"]),
        (f"curl --pinnedpubkey sha256//{A}", ["value-elsewhere"]),
        (f'OPTIONS="--pinnedpubkey sha256//{A}"; curl $OPTIONS https://api.example.com/', ["value-elsewhere"]),
        ('curl --pinnedpubkey "${PIN:-$2}" https://api.example.com/', ["value-elsewhere"]),
        ("curl --pinnedpubkey server.pem https://api.example.com/", ["pins-elsewhere"]),
        (f"curl --pinnedpubkey sha256/{A} https://api.example.com/", ["pin-never-matches"]),
        (f"curl --pinnedpubkey sha256//{A[:-2]} https://api.example.com/", ["pin-never-matches"]),
        (f"curl --pinnedpubkey sha256//{A[:-3]} https://api.example.com/", ["invalid-pin"]),
        (f"curl --pinnedpubkey=sha256//{A} https://api.example.com/", ["ignored-setting", "value-elsewhere"]),
        (f"curl --pinnedpubkey sha256//{A} api.example.com/", ["pinning-off"]),
        (f"curl -sk --pinnedpubkey sha256//{A} https://api.example.com/", ["chain-unchecked"]),
        (f"wget --no-check-certificate --pinnedpubkey=sha256//{A} https://api.example.com/", ["chain-unchecked"]),
    ],
)
def test_what_a_command_does_not_give_is_noted(command: str, found: list[str]) -> None:
    """A host or a pin from elsewhere, a file, and what curl does not read as a pin are notes."""
    assert sorted({rule for rule, _ in notes(f"set -eu\n{command}\n", "fetch.sh")}) == sorted(found)


KEY: Final = "openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64"
CLIENT: Final = "openssl s_client -connect api.example.com:443 -servername api.example.com </dev/null"


@pytest.mark.parametrize(
    "text",
    [
        f'PIN="{A}"\nfound=$({CLIENT} | {KEY})\nif [ "$found" != "$PIN" ]; then exit 1; fi',
        f'cert=$({CLIENT})\nfound="$(echo "$cert" | {KEY})"\n[[ $found == "{A}" ]] || exit 1',
        f'test "$({CLIENT} | {KEY})" = {A} || exit 1',
        f'{CLIENT} | {KEY} | grep -q "{A}"',
        f'case "$({CLIENT} | {KEY})" in "{A}") ;; *) exit 1 ;; esac',
        f'found=$({CLIENT} | openssl x509 -pubkey -noout | sha256sum)\n[ "$found" = {HEX} ]',
    ],
)
def test_comparisons_of_keys_are_read(text: str) -> None:
    """The digest of the key of a connection, compared with a text, pins the host of the connection."""
    assert hosts(text, "check.sh") == {"api.example.com": (1, False)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f'[ "$({CLIENT} | openssl x509 -outform der | sha256sum)" = {HEX} ]', "pins-not-kept"),
        (f'[ "$(openssl s_client -connect "$1" | {KEY})" = {A} ]', "value-elsewhere"),
        (f'[ "$({CLIENT.replace("-servername api", "-servername www")} | {KEY})" = {A} ]', "value-elsewhere"),
    ],
)
def test_other_comparisons_are_noted(text: str, found: str) -> None:
    """The digest of a certificate, and a connection to a host that the file does not give, are notes."""
    assert [rule for rule, _ in notes(text, "check.sh")] == [found]


@pytest.mark.parametrize(
    "text",
    [
        f"# curl --pinnedpubkey sha256//{A} https://api.example.com/",
        "curl --help all | grep pinnedpubkey",
        'echo "usage: curl --pinnedpubkey PIN https://api.example.com/"',
        f'{CLIENT} | {KEY}\nif [ "$(sha256sum file)" = {HEX} ]; then :; fi',
        f"sha256sum --check <<END\n{HEX} pinnedpubkey\nEND",
    ],
    ids=["a comment", "a search", "a text", "no comparison", "a here-document"],
)
def test_other_scripts_pin_nothing(text: str) -> None:
    """Comments, texts and other digests are not pins."""
    with pytest.raises(UnknownFormatError):
        audit.read(text.encode(), "other.sh")


def test_lint_reads_pins_and_renewals_of_a_script() -> None:
    """A script that pins and renews is read for both, and one that only renews is read too."""
    renewal = "lego --email x@example.com -d api.example.com renew\n"
    for text, count in ((CURL + renewal, 5), (renewal, 0)):
        file = rules.read(text.encode(), "fetch.sh", today=date(2026, 1, 1))
        assert (len(file.sites), len(file.renewals)) == (count, 1)
