"""Comments about pins: each goes where its pin goes, and a new pin is named after its key."""

from __future__ import annotations

import plistlib

import pytest

from pinsmith.formats import LOSSES, export, find
from pinsmith.policy import HostPins, Key, Policy
from tests.formats.policy import BACKUP, LEAF, key

MARK = "<!-- The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`. -->"
OLD = key("old")


def _write(of: str, *keys: Key, existing: str | None = None, name: str = "file") -> str:
    policy = Policy((HostPins("api.example.com", keys),))
    options = {"accept-loss": tuple(LOSSES)} | dict(find(of).example_options)
    text = export(policy, find(of), options=options, existing=existing, name=name).text
    assert export(policy, find(of), options=options, existing=text, name=name).text == text
    return text


def _nsc(body: str) -> str:
    return f"""<network-security-config>
    {MARK}
    <domain-config>
        <domain includeSubdomains="false">api.example.com</domain>
        <pin-set>
{body}
        </pin-set>
    </domain-config>
</network-security-config>
"""


def _pin(each: Key) -> str:
    return f'            <pin digest="SHA-256">{each.pin.base64}</pin>'


@pytest.mark.parametrize(
    "before",
    [
        f"            <!-- of 2024 -->\n{_pin(OLD)}",
        f"            <!-- of 2024,\n            our own -->\n            <!-- see the wiki -->\n{_pin(OLD)}",
        f"{_pin(OLD)} <!-- of 2024 -->",
        f"{_pin(OLD)}<!-- of --> <!-- 2024 --> ",
    ],
    ids=["above", "two above", "behind", "two behind"],
)
def test_a_comment_goes_with_its_pin(before: str) -> None:
    """Above it or behind it: what is said of a pin that is gone does not come to stand at another."""
    kept = f"            <!-- served -->\n{_pin(LEAF)} <!-- since May -->\n{_pin(BACKUP)}"
    for body in (f"{before}\n{kept}", f"{kept}\n{before}"):
        assert _write("android-nsc", LEAF, BACKUP, existing=_nsc(body)) == _nsc(kept)


@pytest.mark.parametrize(
    "before",
    [
        f"            <!-- all of them -->\n\n{_pin(OLD)}\n{_pin(LEAF)}",
        f"            <!-- all of them -->{_pin(OLD).strip()}\n{_pin(LEAF)}",
        f"{_pin(OLD)}<!-- all of them -->{_pin(LEAF).strip()}",
        f"            <!-- all of them -->\n{_pin(OLD)}{_pin(LEAF).strip()}",
    ],
    ids=["above a blank line", "on the line before it", "between two", "above two"],
)
def test_a_comment_that_may_belong_to_others_stays(before: str) -> None:
    """A blank line parts it from the pin, and on a line of two it may belong to either."""
    assert "<!-- all of them -->" in _write("android-nsc", LEAF, existing=_nsc(before))


def test_a_comment_moves_with_its_pin() -> None:
    """A host that gets a configuration of its own takes along what is said of its pins."""
    before = _nsc(f"            <!-- of the HSM -->\n{_pin(LEAF)}\n{_pin(BACKUP)} <!-- in the safe -->").replace(
        "</domain>", '</domain>\n        <domain includeSubdomains="false">www.example.com</domain>'
    )
    policy = Policy((HostPins("api.example.com", (LEAF,)), HostPins("www.example.com", (BACKUP, LEAF))))
    text = export(policy, find("android-nsc"), existing=before).text
    www = text[text.index("www.example.com") :] if text.index("www") > text.index("api.example") else text
    assert f"{_pin(LEAF).strip()} <!-- of the HSM -->" in www or f"<!-- of the HSM -->\n{_pin(LEAF)}" in www
    assert f"{_pin(BACKUP).strip()} <!-- in the safe -->" in text
    assert text.count("of the HSM") == 2


def test_a_new_pin_is_named_after_its_key() -> None:
    """Whoever reads the file knows which key of pins.toml it is; names cannot leave the comment."""
    text = _write(
        "android-nsc", LEAF, Key("a--><x>\n\N{RIGHT-TO-LEFT OVERRIDE}", BACKUP.pin), existing=_nsc(_pin(LEAF))
    )
    assert _nsc(_pin(LEAF)).count("<!--") + 1 == text.count("<!--") == text.count("-->")
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert f"{_pin(BACKUP).strip()} <!-- a- -" in text


@pytest.mark.parametrize("of", ["trustkit-ios", "apple-ats"])
def test_property_lists_do_the_same(of: str) -> None:
    """A comment goes with its pin, another stays, and a new pin is named after its key."""
    first = _write(of, OLD, LEAF)
    assert f"{OLD.pin.base64}</string> <!-- old -->" in first
    before = first.replace("<!-- old -->", "<!-- of 2024 -->").replace("<!-- leaf -->", "<!-- of the HSM -->")
    after = _write(of, LEAF, BACKUP, existing=before)
    assert "of 2024" not in after
    assert f"{LEAF.pin.base64}</string> <!-- of the HSM -->" in after
    assert f"{BACKUP.pin.base64}</string> <!-- standby -->" in after
    assert plistlib.loads(after.encode())


@pytest.mark.parametrize(
    ("of", "spelled", "sign"), [("envoy", "base64", '"  # '), ("tlsa", "hex", " ; ")], ids=["envoy", "tlsa"]
)
def test_files_that_are_written_anew_keep_what_is_said_of_a_pin(of: str, spelled: str, sign: str) -> None:
    """A comment behind a pin is taken over, and the name of the key stands where there is none."""
    first = _write(of, OLD, LEAF)
    old, leaf, new = (getattr(each.pin, spelled) + sign for each in (OLD, LEAF, BACKUP))
    assert f"{old}old\n" in first
    before = first.replace(f"{old}old", f"{old}of 2024").replace(f"{leaf}leaf", f"{leaf}of the HSM")
    after = _write(of, LEAF, BACKUP, existing=before)
    assert "of 2024" not in after
    assert f"{leaf}of the HSM\n" in after
    assert f"{new}standby\n" in after


@pytest.mark.parametrize("of", ["curl", "wget", "hpkp"])
def test_a_list_on_one_line_names_its_keys_above(of: str) -> None:
    """There is one such line, and it follows the pins."""
    first = _write(of, OLD, LEAF)
    assert "# Keys, in this order: old, leaf.\n" in first
    after = _write(of, LEAF, BACKUP, existing=first)
    assert after.count("# Keys, in this order: ") == 1
    assert "# Keys, in this order: leaf, standby.\n" in after
