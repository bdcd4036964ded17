"""OutSystems' build actions: YAML with parts that Android and TrustKit read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from pinsmith.errors import ExportRefusedError, FormatError
from pinsmith.formats import LOSSES, export
from pinsmith.formats.android_nsc import FORMAT as ANDROID
from pinsmith.formats.outsystems_odc import FORMAT, yaml
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, FULL, LEAF, PLAIN

if TYPE_CHECKING:
    from pinsmith.syntax.plist import Plain

A, B = LEAF.pin.base64, BACKUP.pin.base64
ALL = {"accept-loss": tuple(LOSSES)}
NEW = f"""# The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`.
platforms:
  android:
    xml:
      - resFile: xml/network_security_config.xml
        target: network-security-config
        inject: |
          <domain-config>
            <domain includeSubdomains="false">api.example.com</domain>
            <pin-set>
              <pin digest="SHA-256">{A}</pin>
              <pin digest="SHA-256">{B}</pin>
            </pin-set>
          </domain-config>
  ios:
    plist:
      - replace: true
        entries:
          - TSKConfiguration:
              TSKSwizzleNetworkDelegates: true
              TSKPinnedDomains:
                "api.example.com":
                  TSKPublicKeyHashes:
                    - "{A}"
                    - "{B}"
                  TSKIncludeSubdomains: false
                  TSKEnforcePinning: true
                  TSKDisableDefaultReportUri: true
"""


def test_the_file_in_full() -> None:
    """Each platform has a part in its own syntax."""
    assert export(PLAIN, FORMAT).text == NEW


def test_the_parts_agree_with_the_platforms() -> None:
    """The fragment is Android's own, and the list has every host with its day and subdomains."""
    document = YAML(typ="safe").load(export(FULL, FORMAT, options=ALL).text)
    fragment = document["platforms"]["android"]["xml"][0]["inject"]
    assert ANDROID.read is not None
    hosts = ANDROID.read(f"<network-security-config>{fragment}</network-security-config>".encode(), "f").hosts
    (entries,) = document["platforms"]["ios"]["plist"]
    domains = entries["entries"][0]["TSKConfiguration"]["TSKPinnedDomains"]
    assert [entry.host for entry in hosts] == list(domains) == ["example.com", "api.example.org"]
    for entry in hosts:
        domain = domains[entry.host]
        assert {pin.pin.base64 for pin in entry.pins} == set(domain["TSKPublicKeyHashes"])
        assert entry.include_subdomains is domain["TSKIncludeSubdomains"]
        assert (entry.expires.isoformat() if entry.expires else None) == domain.get("TSKExpirationDate")


def test_texts_cannot_leave_their_quotes() -> None:
    """YAML reads every text unchanged, and words of YAML stay texts."""
    value: dict[str, Plain] = {"a: b": 'x"\n- y\\', "no": "yes", "list": ["null", "#"], "on": {"~": "1.0"}}
    assert YAML(typ="safe").load("\n".join(yaml(value))) == value


def test_a_file_of_others_is_not_overwritten() -> None:
    """It may contain other actions."""
    with pytest.raises(FormatError, match="not written by pinsmith"):
        export(PLAIN, FORMAT, existing="platforms: {}\n")
    assert export(PLAIN, FORMAT, existing=NEW).text == NEW


def test_a_host_that_would_crash_trustkit_is_refused() -> None:
    """A host below no public suffix ends the app on iOS."""
    with pytest.raises(ExportRefusedError):
        export(Policy((HostPins("service.internal", (LEAF, BACKUP)),)), FORMAT)
