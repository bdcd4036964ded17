"""react-native-ssl-pinning: dangerous policies are refused, and iOS gets the certificates."""

from __future__ import annotations

import pytest

from pinsmith.errors import ExportRefusedError
from pinsmith.formats import export
from pinsmith.formats.code import react_native_ssl_pinning
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, PLAIN, certificate, certificates, certified

_FORMAT = react_native_ssl_pinning.FORMAT


def _refused(*hosts: HostPins) -> str:
    with pytest.raises(ExportRefusedError) as caught:
        export(certified(Policy(hosts)), _FORMAT, certificates=certificates(Policy(hosts)))
    return "; ".join(reason.summary for reason in caught.value.reasons)


def test_hosts_that_android_would_not_pin_are_refused() -> None:
    """The library removes www. from a host and pins the rest."""
    assert "www.example.com" in _refused(HostPins("www.example.com", (LEAF, BACKUP)))


@pytest.mark.parametrize("host", ["a_b.example.com", "_dmarc.example.com", "a_.example.com"])
def test_hosts_that_end_the_app_are_refused(host: str) -> None:
    """Java's URI returns no host for such a name, which crashes the library."""
    assert f"{host}: the library cannot read this name on Android" in _refused(HostPins(host, (LEAF, BACKUP)))


def test_keys_of_several_hosts_are_shared_only_if_asked() -> None:
    """On iOS the library accepts all certificates of the app for every host."""
    apart = (HostPins("api.example.com", (LEAF, BACKUP)), HostPins("example.org", (INTERMEDIATE, BACKUP)))
    assert "share-keys-on-ios" in _refused(*apart)
    policy = certified(Policy(apart))
    made = export(policy, _FORMAT, options={"share-keys-on-ios": True}, certificates=certificates(policy))
    assert made.text.count(str(BACKUP.pin)) == len(apart)
    assert made.text.count(str(INTERMEDIATE.pin)) == 1


def test_every_key_is_written_as_a_hash_and_as_a_certificate() -> None:
    """Android gets hashes in the code, and iOS gets the certificates of the same keys."""
    policy = certified(PLAIN)
    made = export(policy, _FORMAT, certificates=certificates(policy))
    keys = policy.hosts[0].keys
    assert all(str(key.pin) in made.text for key in keys)
    assert sorted(made.attachments.values()) == sorted(certificate(key.name) for key in keys)
    assert all(name.startswith("certificates/") and name.endswith(".cer") for name in made.attachments)


def test_a_key_without_certificate_is_refused() -> None:
    """The iOS part would not pin it."""
    with pytest.raises(ExportRefusedError) as caught:
        export(PLAIN, _FORMAT)
    assert "the certificate of leaf is needed" in "; ".join(reason.summary for reason in caught.value.reasons)
