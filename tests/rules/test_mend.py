"""Repairs take back exactly the defect, and nothing gets worse without a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.errors import PinsmithError
from pinsmith.formats._note import REPAIRS
from pinsmith.importing.search import search
from pinsmith.rules import RULES, Mended, Persona, lint, mend, read
from tests.rules.repairs import GOOD, ISRG, MISTYPED, NSC, ONE, PLACEHOLDER, SAFE, TOML, TWO, UNSAFE, Case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.finding import Finding
    from pinsmith.rules import PinnedFile

TODAY: Final = date(2027, 1, 1)
CORPUS: Final = Path(__file__).parent / "corpus"


def _find(files: Sequence[PinnedFile]) -> list[Finding]:
    return lint(files, RULES, persona=Persona.AUDITOR)


def _reread(file: PinnedFile, text: str) -> PinnedFile:
    return read(text.encode(), file.file, today=TODAY)


def _mend(text: str, name: str, *, unsafe: bool) -> Mended:
    return mend([read(text.encode(), name, today=TODAY)], _find, _reread, unsafe=unsafe)


@pytest.mark.parametrize("name", GOOD)
def test_the_good_files_are_good(name: str) -> None:
    """The files that the cases damage have no finding that can be repaired."""
    findings = _find([read(GOOD[name].encode(), name, today=TODAY)])
    assert [finding for finding in findings if finding.repair] == []


@pytest.mark.parametrize("newline", ["\n", pytest.param("\r\n", marks=pytest.mark.thorough)], ids=["LF", "CRLF"])
@pytest.mark.parametrize("case", [*SAFE, *UNSAFE], ids=lambda case: f"{case.rule}-{case.name}")
def test_a_repair_takes_back_the_defect(case: Case, newline: str) -> None:
    """The finding goes away, no other character changes, and a second run changes nothing."""
    before, after = (text.replace("\n", newline) for text in (case.before, case.after))
    mended = _mend(before, case.name, unsafe=True)
    assert mended.refused == {}
    assert mended.files[0].text == after
    assert {finding.rule for finding in mended.fixed} == {case.rule}
    assert case.rule not in {finding.rule for finding in _find(mended.files)}
    again = _mend(after, case.name, unsafe=True)
    assert (again.files[0].text, again.fixed) == (after, [])


@pytest.mark.parametrize("case", UNSAFE, ids=lambda case: f"{case.rule}-{case.name}")
def test_an_unsafe_repair_needs_consent(case: Case) -> None:
    """A repair that may change who is accepted is not made by --fix alone."""
    mended = _mend(case.before, case.name, unsafe=False)
    assert (mended.files[0].text, mended.fixed) == (case.before, [])


@pytest.mark.parametrize("case", SAFE, ids=lambda case: f"{case.rule}-{case.name}")
def test_a_safe_repair_needs_none(case: Case) -> None:
    """A safe repair is made by --fix alone; no host is new unless the app crashed, and no key is new."""
    (after,) = _mend(case.before, case.name, unsafe=False).files
    assert after.text == case.after
    broken = read(case.before.encode(), case.name, today=TODAY)
    before = {site.entry.host: site.entry for site in broken.sites}
    for site in after.sites:
        if not before:
            assert "the app crashes" in broken.notes[0].message
            continue
        old = before[site.entry.host]
        assert replace(site.entry, keys=old.keys) == old
        assert set(old.by_digest) <= set(site.entry.by_digest) <= {ONE.digest, TWO.digest}


def test_every_kind_of_repair_has_a_case() -> None:
    """Each rule that promises a repair has a case, under the promised name."""
    promised = REPAIRS | {rule.id: rule.repair for rule in RULES if rule.repair}
    cases = {case.rule: "safe" for case in SAFE} | {case.rule: "unsafe" for case in UNSAFE}
    assert promised == cases | {"ended-authority": "unsafe", "renewal-replaces-key": "unsafe"}  # see below


THERE: Final = "<domain-config><domain>shop.example.com</domain></domain-config>"
NO_REPAIR: Final = {
    "hexadecimal may be a certificate": NSC.replace(ONE.base64, ONE.hex),
    "another digest": NSC.replace('"SHA-256">' + ONE.base64, '"SHA-1">' + ONE.base64),
    "too short": NSC.replace(ONE.base64, ONE.base64[:20]),
    "a comment inside": NSC.replace(ONE.base64, f"<!-- x -->sha256/{ONE.base64}"),
    "a wildcard": NSC.replace("shop.example.com", "*.example.com"),
    "another port": NSC.replace("shop.example.com", "shop.example.com:8443"),
    "nothing but a placeholder": NSC.replace(ONE.base64, PLACEHOLDER).replace(TWO.base64, "B" * 43 + "="),
    "the host is there already": NSC.replace("    <domain-", f"    {THERE}\n    <domain-", 1).replace(
        '"true">shop.example.com', '"true">shop.example.com/'
    ),
    "the only authorities": NSC.replace(
        "        <pin-set", '        <trust-anchors><certificates src="user"/></trust-anchors>\n        <pin-set'
    ),
    "a year of another age": NSC.replace("2028-06-01", "28-06-01"),
    "a pin in a comment": NSC.replace("the shop", f"\n# {ONE}\n# {TWO}\n{MISTYPED}\n"),
}


@pytest.mark.parametrize("text", NO_REPAIR.values(), ids=NO_REPAIR)
def test_what_is_not_certain_is_left_alone(text: str) -> None:
    """Where lint does not know what was meant, or nothing would be left, it changes nothing."""
    mended = _mend(text, "network_security_config.xml", unsafe=True)
    assert (mended.files[0].text, mended.refused) == (text, {})


@pytest.mark.parametrize("name", ["TrustKit.plist", "pinning.json", "trustkit.xml"])
def test_a_placeholder_that_trustkit_counts_is_left_alone(name: str) -> None:
    """TrustKit needs two pins and counts placeholders, so the last but one is not removed."""
    text = GOOD[name].replace(TWO.base64, PLACEHOLDER)
    mended = _mend(text, name, unsafe=True)
    assert (mended.files[0].text, mended.refused) == (text, {})


def test_a_host_that_is_there_already_is_not_written_again() -> None:
    """A misspelt domain of a property list stays if the list also has the domain that was meant."""
    start, end = GOOD["Info.plist"].index("\t\t\t<key>shop"), GOOD["Info.plist"].index("\t\t</dict>\n\t</dict>")
    entry = GOOD["Info.plist"][start:end]
    text = GOOD["Info.plist"].replace(entry, entry + entry.replace("<key>shop", "<key>https://shop"))
    mended = _mend(text, "Info.plist", unsafe=True)
    assert (mended.files[0].text, mended.refused) == (text, {})


def test_a_comment_keeps_a_mistyped_pin() -> None:
    """A near miss is mended where it is in force, and not in a comment, even one of several lines."""
    remark = f"the shop\n# {MISTYPED}\n# {MISTYPED}\n {MISTYPED} "
    text = NSC.replace("the shop", remark).replace(TWO.base64, MISTYPED, 1)
    mended = _mend(text, "network_security_config.xml", unsafe=True)
    assert mended.files[0].text == NSC.replace("the shop", remark).replace(TWO.base64, ISRG)


def test_a_repair_of_another_text_is_not_made() -> None:
    """A finding whose edits belong to an earlier text of the file changes nothing."""
    name = "network_security_config.xml"
    stale = _find([read(NSC.replace(ONE.base64, str(ONE)).encode(), name, today=TODAY)])
    file = read(NSC.encode(), name, today=TODAY)
    assert mend([file], lambda _: stale, _reread, unsafe=True).files == [file]


def test_a_key_with_other_properties_is_no_copy() -> None:
    """Two names of one key are kept if one of them is a standby key, because commands treat them differently."""
    again = f'\n[keys.again]\npin = "{ONE}"\nrole = "leaf"\n'
    text = TOML.replace("\n[[host]]", f"{again}\n[[host]]").replace('["one", "two"]', '["one", "two", "again"]')
    assert 'keys = ["one", "two"]' in _mend(text, "pins.toml", unsafe=False).files[0].text
    kept = text.replace(again, again + "standby = true\n")
    assert _mend(kept, "pins.toml", unsafe=True).files[0].text == kept


def test_a_comment_in_a_list_of_keys_stays() -> None:
    """A key is removed from a list of several lines together with its own comment only."""
    again = f'[keys.again]\npin = "{ONE}"\nrole = "leaf"\n\n[[host]]'
    keys = 'keys = [\n  "one",  # in service\n  "again",  # twice\n  "two",  # spare\n]'
    text = TOML.replace("[[host]]", again).replace('keys = ["one", "two"]', keys)
    assert _mend(text, "pins.toml", unsafe=False).files[0].text == text.replace('  "again",  # twice\n', "")


def test_an_ended_authority_is_removed_unless_it_is_the_last() -> None:
    """A pin that no valid chain contains any more goes, but never the last one."""
    ended = "sha256//1aAzXOlcD2gSBegdf1GJQanNQbEuBoVg+9UlHjSZHY="
    text = TOML.replace("[[host]]", f'[keys.old]\npin = "{ended}"\nrole = "root"\n\n[[host]]')
    several = text.replace('["one", "two"]', '["old", "one", "two"]')
    assert _mend(several, "pins.toml", unsafe=True).files[0].text == text
    last = text.replace('["one", "two"]', '["old"]')
    mended = _mend(last, "pins.toml", unsafe=True)
    assert (mended.files[0].text, mended.refused) == (last, {})


CERTBOT: Final = "cert = /etc/letsencrypt/live/shop.example.com/cert.pem\n[renewalparams]\nauthenticator = nginx\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CERTBOT, CERTBOT.replace("params]\n", "params]\nreuse_key = True\n")),
        (CERTBOT + "reuse_key = False\n", CERTBOT + "reuse_key = True\n"),
    ],
)
def test_certbot_keeps_a_pinned_key(before: str, after: str) -> None:
    """A finding that needs two files is repaired in one of them, and only with consent."""
    files = [read(text.encode(), name, today=TODAY) for name, text in (("pins.toml", TOML), ("shop.conf", before))]
    mended = mend(files, _find, _reread, unsafe=True)
    assert (mended.refused, [file.text for file in mended.files]) == ({}, [TOML, after])
    assert mend(files, _find, _reread, unsafe=False).files == files


def test_of_two_overlapping_repairs_the_first_is_made() -> None:
    """A pin that stands three times is removed twice, in two passes, because the edits share a comma."""
    text = GOOD["pinning.json"].replace(f'"{TWO}"', f'"{TWO}", "{ONE}", "{ONE}"')
    mended = _mend(text, "pinning.json", unsafe=False)
    assert mended.files[0].text == GOOD["pinning.json"]
    assert [finding.rule for finding in mended.fixed] == ["duplicate-pin", "duplicate-pin"]
    both = text.replace(f'"{ONE}", "{ONE}"', f'"sha256//{ONE.base64}"')
    assert _mend(both, "pinning.json", unsafe=False).files[0].text == GOOD["pinning.json"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((TWO.base64, MISTYPED), "it would have another finding"),
        ((ONE.base64, ONE.base64[:-1]), "it would still have this finding"),
        (("</pin-set>", ""), "it could not be read any more"),
    ],
    ids=["worse", "the same", "broken"],
)
def test_a_file_that_would_be_worse_is_left_alone(change: tuple[str, str], reason: str) -> None:
    """If the repaired file is worse, keeps its finding or cannot be read, it stays, and the reason is given."""
    name = "network_security_config.xml"
    files = [read(NSC.replace(ONE.base64, ONE.base64[:-1]).encode(), name, today=TODAY)]
    mended = mend(files, _find, lambda file, text: _reread(file, text.replace(*change)), unsafe=False)
    assert (mended.files, mended.fixed) == (files, [])
    assert mended.refused[name].startswith(reason)


@pytest.mark.parametrize("path", sorted(path for path in search(CORPUS)), ids=lambda path: path.name)
def test_the_corpus_gets_better(path: Path) -> None:
    """Repairs of the corpus keep every file readable, change no good file, and leave nothing to repair."""
    try:
        file = replace(read(path.read_bytes(), path.name, today=TODAY), source="")
    except PinsmithError:
        return  # no pins, or broken
    mended = mend([file], _find, _reread, unsafe=True)
    assert mended.refused == {}
    (after,) = mended.files
    assert (after.text == file.text) == (not mended.fixed)
    assert path.parent.name != "good" or after.text == file.text
    assert [finding for finding in _find([after]) if finding.repair] == []
