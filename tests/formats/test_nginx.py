"""The certificates that nginx trusts."""

from __future__ import annotations

import ssl
from dataclasses import replace

import pytest

from pinsmith.errors import ExportRefusedError, LossError
from pinsmith.formats import export, nginx
from pinsmith.lab.pki.authority import Authority
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from tests.formats.policy import BACKUP, LEAF

ROOT = Authority.root()
ISSUER = ROOT.intermediate()
DER = {"root": ROOT.der, "issuer": ISSUER.der}
KEYS = (
    Key("root", Pin.parse(ROOT.pin), "root", certificate="root.pem"),
    Key("issuer", Pin.parse(ISSUER.pin), "intermediate", certificate="issuer.pem"),
)


def _write(*keys: Key, **options: object) -> str:
    accept = {"accept-loss": ("leaf-pins-dropped",)} if options else {}
    policy = Policy((HostPins("api.example.com", keys),))
    return export(policy, nginx.FORMAT, options=accept, certificates=DER).text


def test_the_file_holds_the_pinned_authorities_and_its_usage() -> None:
    """OpenSSL reads these certificates and no others, whatever the remarks contain."""
    text = _write(*KEYS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=text)
    assert sorted(context.get_ca_certs(binary_form=True)) == sorted(DER.values())
    for directive in ("proxy_ssl_verify              on;", "proxy_ssl_name                api.example.com;"):
        assert directive in text


def test_a_leaf_without_a_certificate_is_left_out_with_consent() -> None:
    """Nginx can trust a leaf only as a certificate, and a standby key has none."""
    with pytest.raises(LossError) as caught:
        _write(*KEYS, LEAF, BACKUP)
    assert [loss.rule for loss in caught.value.losses] == ["leaf-pins-dropped"]
    assert _write(*KEYS, LEAF, BACKUP, accept=True) == _write(*KEYS)


def test_leaves_alone_and_authorities_without_a_file_are_refused() -> None:
    """No certificate would be left to trust."""
    with pytest.raises(ExportRefusedError):
        _write(LEAF, BACKUP)
    with pytest.raises(ExportRefusedError):
        _write(replace(KEYS[0], certificate=None))


def test_an_issuer_without_its_root_is_refused() -> None:
    """OpenSSL needs a chain up to a root by default, so nginx would refuse every server."""
    with pytest.raises(ExportRefusedError) as caught:
        _write(KEYS[1])
    assert "end in issuer" in caught.value.reasons[0].text
    assert _write(KEYS[0])
