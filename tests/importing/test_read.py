"""A platform's file becomes a policy, with notes for its reader."""

from __future__ import annotations

from datetime import date

import pytest

from pinsmith.errors import FormatError
from pinsmith.formats import curl, trustkit_android
from pinsmith.importing import import_policy, read
from tests.formats.policy import BACKUP, LEAF

CURL = f'pinnedpubkey = "sha256//{LEAF.pin.base64};sha256//{BACKUP.pin.base64}"\n'.encode()
TRUSTKIT = f"""<network-security-config><domain-config><domain>api.example.com</domain>
<pin-set expiration="2027-03-01"><pin digest="SHA-256">{LEAF.pin.base64}</pin>
<pin digest="SHA-256">{BACKUP.pin.base64}</pin></pin-set>
<trustkit-config enforcePinning="true"/></domain-config></network-security-config>""".encode()
TODAY = date(2027, 3, 1)


def test_the_format_is_recognised_or_given() -> None:
    """A file whose name and content are ambiguous needs the id of its format."""
    assert read(CURL, ".curlrc").target is curl.FORMAT
    assert read(TRUSTKIT, "config.xml", format_id="trustkit-android").target is trustkit_android.FORMAT


def test_hosts_may_be_given_in_any_spelling() -> None:
    """The user's hosts are taken for a file without hosts, which is refused without them."""
    file = read(CURL, ".curlrc")
    policy = import_policy(file, today=TODAY, hosts=["API.Example.com."]).policy
    assert [(entry.host, len(entry.keys)) for entry in policy.hosts] == [("api.example.com", 2)]
    with pytest.raises(FormatError, match="it names no host"):
        import_policy(file, today=TODAY)


@pytest.mark.parametrize(("today", "is_noted"), [(TODAY, True), (date(2027, 2, 28), False)], ids=["that day", "before"])
def test_pins_that_have_ended_are_noted(today: date, is_noted: bool) -> None:  # noqa: FBT001 - a column of the table
    """A note comes from the expiry day on, because pins are not enforced from 00:00 UTC of that day."""
    file = read(TRUSTKIT, "config.xml", format_id="trustkit-android")
    notes = [note.text for note in import_policy(file, today=today).notes]
    expected = "the pins of api.example.com expired on 2027-03-01; they are not enforced"
    assert (expected in notes) is is_noted


def test_a_known_role_of_a_key_wins() -> None:
    """A role from the user or from a live host is written into the policy."""
    file = read(CURL, ".curlrc")
    policy = import_policy(file, today=TODAY, hosts=["api.example.com"], roles={LEAF.pin: "leaf"}).policy
    assert {key.pin: key.role for key in policy.keys} == {LEAF.pin: "leaf", BACKUP.pin: "unknown"}
