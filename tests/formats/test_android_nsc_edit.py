"""An edit of a network security configuration changes the pins and nothing else."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pinsmith.errors import ExportRefusedError, FormatError
from pinsmith.formats import LOSSES, android_nsc, export
from pinsmith.formats._loss import select
from pinsmith.formats._nsc_read import read_nsc
from pinsmith.formats._policy import policy_of
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, PLAIN, policies

if TYPE_CHECKING:
    from pinsmith.formats._nsc import Config

SAMPLES = Path(__file__).parent / "samples" / "android-nsc" / "valid"
MARK = "<!-- The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`. -->"
A, B, C = (f'<pin digest="SHA-256">{key.pin.base64}</pin>' for key in (LEAF, BACKUP, INTERMEDIATE))
NEW_A, NEW_B = f"{A} <!-- leaf -->", f"{B} <!-- standby -->"


def write(existing: str, *hosts: HostPins) -> str:
    """Write hosts into a text, and check that a second run changes nothing."""
    policy = Policy(hosts)
    text = export(policy, android_nsc.FORMAT, existing=existing, options={"accept-loss": tuple(LOSSES)}).text
    again = export(policy, android_nsc.FORMAT, existing=text, options={"accept-loss": tuple(LOSSES)}).text
    assert again == text
    return text


def host(name: str, *, subdomains: bool = False, expires: date | None = None) -> HostPins:
    """Pin a host to the usual two keys."""
    return HostPins(name, (LEAF, BACKUP), include_subdomains=subdomains, expires=expires)


def test_only_the_pins_change() -> None:
    """A pin is removed with its comment, another is added, and the day changes; every other byte stays."""
    before = f"""\ufeff<?xml version='1.0'?>\r
<!-- Copyright -->\r
<network-security-config  xmlns:tools="http://schemas.android.com/tools" >\r
  {MARK}\r
  <base-config cleartextTrafficPermitted="false"/>\r
  <domain-config cleartextTrafficPermitted = "true">\r
      <domain>api.example.com</domain> <!-- production -->\r
\r
      <pin-set tools:ignore="x" expiration='2024-01-01' >\r
        <!-- served -->\r
        {C}\r
        {A} <!-- since spring -->\r
      </pin-set>\r
  </domain-config>\r
</network-security-config>"""
    after = (
        before.replace(f"        <!-- served -->\r\n        {C}\r\n", "")
        .replace("'2024-01-01'", "'2031-05-01'")
        .replace("spring -->\r\n", f"spring -->\r\n        {NEW_B}\r\n")
    )
    assert write(before, host("api.example.com", expires=date(2031, 5, 1))) == after


def test_an_up_to_date_file_is_left_alone() -> None:
    """Another order, another spelling of the pins and an equivalent day are kept."""
    before = f"""<network-security-config>
{MARK}
<domain-config><domain> API.example.com</domain>
<pin-set expiration="2031-5-1">{B}<!-- x -->{A}</pin-set></domain-config>
</network-security-config>
"""
    assert write(before, host("api.example.com", expires=date(2031, 5, 1))) == before


def test_new_hosts_follow_the_indentation_of_the_file() -> None:
    """Tabs stay tabs, and an element without an end tag gets one."""
    before = "<network-security-config>\n\t<base-config/>\n</network-security-config>\n"
    assert write(before, host("api.example.com")) == (
        f"<network-security-config>\n\t{MARK}\n\t<base-config/>\n\t<domain-config>\n"
        '\t\t<domain includeSubdomains="false">api.example.com</domain>\n\t\t<pin-set>\n'
        f"\t\t\t{NEW_A}\n\t\t\t{NEW_B}\n\t\t</pin-set>\n\t</domain-config>\n</network-security-config>\n"
    )
    short = write("<network-security-config />", host("api.example.com"))
    assert short.startswith(f"<network-security-config>\n    {MARK}\n    <domain-config>\n        <domain ")
    assert short.endswith("    </domain-config>\n</network-security-config>")


def test_an_empty_file_is_a_new_one() -> None:
    """A file that contains only a line end is replaced."""
    assert write("\n", *PLAIN.hosts) == export(PLAIN, android_nsc.FORMAT).text


def test_hosts_with_different_pins_are_separated() -> None:
    """The host with other pins leaves; without other settings, its configuration is put beside and not within."""
    before = f"""<network-security-config>
    {MARK}
    <domain-config>
        <domain includeSubdomains="true">one.example.com</domain>
        <domain>two.example.com</domain>
        <pin-set>
            {C}
        </pin-set>
    </domain-config>
</network-security-config>
"""
    after = f"""<network-security-config>
    {MARK}
    <domain-config>
        <domain includeSubdomains="true">one.example.com</domain>
        <pin-set>
            {C}
        </pin-set>
    </domain-config>
    <domain-config>
        <domain includeSubdomains="false">two.example.com</domain>
        <pin-set>
            {NEW_A}
            {NEW_B}
        </pin-set>
    </domain-config>
</network-security-config>
"""
    one = HostPins("one.example.com", (INTERMEDIATE,), include_subdomains=True)
    assert write(before, one, host("two.example.com")) == after
    assert write(before, one, HostPins("two.example.com", (INTERMEDIATE,))) == before


def test_settings_go_with_the_host_that_leaves() -> None:
    """A nested configuration inherits all settings except pins, and so does a new host that it governs."""
    before = """<network-security-config>
    <domain-config cleartextTrafficPermitted="true">
        <domain>two.example.com</domain>
        <domain includeSubdomains="true">one.example.com</domain>
        <trust-anchors><certificates src="@raw/ca"/></trust-anchors>
    </domain-config>
</network-security-config>
"""
    text = write(before, host("two.example.com"), host("new.one.example.com"))
    configs = {config.domains[0].text: config for config in read_nsc(text, "x").configs}
    assert {name: config.effective() is not None for name, config in configs.items()} == {
        "two.example.com": True,
        "one.example.com": False,
        "new.one.example.com": True,
    }
    assert configs["two.example.com"].parent is configs["new.one.example.com"].parent is configs["one.example.com"]


def test_a_host_no_longer_in_the_policy_loses_its_pins() -> None:
    """A configuration for pins alone is removed with its line, and one with other settings loses only its pins."""
    before = f"""<network-security-config>
    {MARK}
    <domain-config>
        <domain>gone.example.com</domain>
        <pin-set>{C}</pin-set>
    </domain-config>
    <!-- kept -->
    <domain-config cleartextTrafficPermitted="true">
        <domain>dev.example.com</domain>
        <pin-set>
            {C}
        </pin-set>
    </domain-config>
    <domain-config cleartextTrafficPermitted="true">
        <domain>10.0.2.2</domain>
    </domain-config>
</network-security-config>
"""
    text = write(before, host("api.example.org"))
    assert "gone" not in text
    assert C not in text
    assert '    <!-- kept -->\n    <domain-config cleartextTrafficPermitted="true">\n        <domain>dev' in text
    assert "<domain>10.0.2.2</domain>\n    </domain-config>" in text


def test_a_host_below_a_pinned_one_does_not_escape_by_its_settings() -> None:
    """A configuration for other purposes gets the parent's pins, unless the policy exempts the host."""
    before = """<network-security-config>
    <domain-config cleartextTrafficPermitted="true">
        <domain>static.example.com</domain>
    </domain-config>
</network-security-config>
"""
    pinned = write(before, host("example.com", subdomains=True))
    assert all(config.effective() is not None for config in read_nsc(pinned, "x").configs)
    off = HostPins("static.example.com", mode="off")
    exempt = write(before, host("example.com", subdomains=True), off)
    assert 'Permitted="true">\n        <domain>static.example.com</domain>\n    </domain-config>' in exempt


def test_the_reach_of_settings_is_not_changed_in_silence() -> None:
    """If pins and settings would need different depths, one file cannot express both."""
    before = """<network-security-config>
    <domain-config cleartextTrafficPermitted="false">
        <domain includeSubdomains="true">example.com</domain>
    </domain-config>
</network-security-config>
"""
    with pytest.raises(ExportRefusedError) as caught:
        write(before, host("example.com"))
    (reason,) = caught.value.reasons
    assert str(reason.place) == "example.com"
    assert reason.text.startswith("its <domain-config> in line 2 includes subdomains, unlike the pin file")
    plain = before.replace(' cleartextTrafficPermitted="false"', "")
    assert 'includeSubdomains="false">example.com' in write(plain, host("example.com"))


def test_a_file_that_android_refuses_is_not_edited() -> None:
    """The error gives the place in the file, with the path as the user wrote it."""
    with pytest.raises(FormatError, match=r"^res/xml/n\.xml:2:1: <domain-config> has no <domain>"):
        export(
            PLAIN,
            android_nsc.FORMAT,
            existing="<network-security-config>\n<domain-config/></network-security-config>",
            name="res/xml/n.xml",
        )


def test_placeholders_are_replaced() -> None:
    """The sample pins of a guide, which a policy cannot contain, are replaced with real ones."""
    guide = '<pin digest="SHA-256">7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=</pin>'
    before = f"<network-security-config><domain-config><domain>api.example.com</domain><pin-set>{guide}</pin-set>"
    text = write(before + "</domain-config></network-security-config>", *PLAIN.hosts)
    assert guide not in text


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*")), ids=lambda path: path.stem)
def test_an_imported_file_is_written_back_without_a_change(path: Path) -> None:
    """Import and export keep every byte of every sample, except for the remark."""
    content = path.read_bytes()
    assert android_nsc.FORMAT.read is not None
    policy, _ = policy_of(android_nsc.FORMAT.read(content, path.name), file=path.name)
    before = content.decode("utf-16" if content[:1] == b"\xff" else "utf-8").replace("utf-16", "utf-8")
    after = export(policy, android_nsc.FORMAT, existing=before).text
    assert re.sub(rf"\s*{re.escape(MARK)}", "", after) == before


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(old=policies(), new=policies(), data=st.data())
def test_any_policy_over_any_other(old: Policy, new: Policy, data: st.DataObject) -> None:
    """Every host is pinned as in the new policy, and keeps every setting that is not about pins."""
    before = (
        _with_settings(export(old, android_nsc.FORMAT, options={"accept-loss": tuple(LOSSES)}).text, data)
        if any(entry.mode == "enforce" for entry in old.hosts)
        else "<network-security-config/>"
    )
    try:
        entries = select(new, android_nsc.FORMAT, accept=tuple(LOSSES)).entries
        after = write(before, *new.hosts)
    except ExportRefusedError:
        return
    enforced = Policy(
        tuple(
            HostPins(
                entry.host,
                entry.keys,
                include_subdomains=entry.include_subdomains,
                expires=entry.expires,
                mode="off" if entry.exempt else "enforce",
            )
            for entry in entries
        )
    )
    for name in {entry.host for entry in (*old.hosts, *new.hosts)} | {"deep.below.example.com", "example.org"}:
        for probe in (name, f"x.{name}"):
            wanted = enforced.find(probe)
            assert _pins(after, probe) == ({key.pin.digest for key in wanted.keys} if wanted is not None else set())
            assert _clear(after, probe) == _clear(before, probe)


def _with_settings(text: str, data: st.DataObject) -> str:
    """Give some configurations another setting, and nest some in others."""
    pieces = re.split("<domain-config>", text)
    settings = (f'<domain-config cleartextTrafficPermitted="{data.draw(st.booleans())!s}">' for _ in pieces)
    heads = [head if data.draw(st.booleans()) else "<domain-config>" for head in settings]
    whole = pieces[0] + "".join(head + piece for head, piece in zip(heads, pieces[1:], strict=False))
    first = whole.find("</domain-config>")
    last = whole.rfind("</domain-config>")
    if data.draw(st.booleans()) and first < last:
        whole = whole[:first] + whole[first + 16 : last] + "</domain-config></domain-config>" + whole[last + 16 :]
    return whole


def _governing(text: str, name: str) -> Config | None:
    nsc = read_nsc(text, "x")
    found = nsc.by_text.get(name) or nsc.covering(name)
    return found[1] if found else None


def _clear(text: str, name: str) -> str | None:
    config = _governing(text, name)
    while config is not None:
        if "cleartextTrafficPermitted" in config.element.attributes:
            return config.element.attributes["cleartextTrafficPermitted"]
        config = config.parent
    return None


def _pins(text: str, name: str) -> set[bytes]:
    config = _governing(text, name)
    pins = config.effective() if config else None
    return set(pins.digests()) if pins else set()
