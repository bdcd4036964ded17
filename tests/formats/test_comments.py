"""Comments about pins move with their pins, and a new pin gets the name of its key as a comment."""

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
    """A comment above or behind a removed pin is removed too, so that it does not describe another pin."""
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
    """A comment stays if a blank line separates it from the pin, or if its line has two pins."""
    assert "<!-- all of them -->" in _write("android-nsc", LEAF, existing=_nsc(before))


def test_a_comment_moves_with_its_pin() -> None:
    """A host that gets its own configuration takes the comments of its pins along."""
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
    """The comment shows which key of pins.toml it is, and a name cannot end the comment."""
    text = _write(
        "android-nsc", LEAF, Key("a--><x>\n\N{RIGHT-TO-LEFT OVERRIDE}", BACKUP.pin), existing=_nsc(_pin(LEAF))
    )
    assert _nsc(_pin(LEAF)).count("<!--") + 1 == text.count("<!--") == text.count("-->")
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert f"{_pin(BACKUP).strip()} <!-- a- -" in text


@pytest.mark.parametrize("of", ["trustkit-ios", "apple-ats"])
def test_property_lists_do_the_same(of: str) -> None:
    """In a property list, the comment of a pin moves with it, others stay, and a new pin gets the name of its key."""
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
def test_files_that_are_rewritten_keep_comments_about_pins(of: str, spelled: str, sign: str) -> None:
    """A comment behind a pin is kept, and a pin without one gets the name of its key."""
    first = _write(of, OLD, LEAF)
    old, leaf, new = (getattr(key.pin, spelled) + sign for key in (OLD, LEAF, BACKUP))
    assert f"{old}old\n" in first
    before = first.replace(f"{old}old", f"{old}of 2024").replace(f"{leaf}leaf", f"{leaf}of the HSM")
    after = _write(of, LEAF, BACKUP, existing=before)
    assert "of 2024" not in after
    assert f"{leaf}of the HSM\n" in after
    assert f"{new}standby\n" in after


@pytest.mark.parametrize("of", ["curl", "wget", "hpkp"])
def test_a_list_on_one_line_names_its_keys_above(of: str) -> None:
    """The line follows the pins."""
    first = _write(of, OLD, LEAF)
    assert "# Keys, in this order: old, leaf.\n" in first
    after = _write(of, LEAF, BACKUP, existing=first)
    assert after.count("# Keys, in this order: ") == 1
    assert "# Keys, in this order: leaf, standby.\n" in after
