"""Advice of issuers about pinning their certificates."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from pinsmith.authorities.advice import advice_for, advice_of_subject, all_advice
from pinsmith.certificate import Certificate
from pinsmith.lab.pki.authority import Authority
from tests.checks.sample import HOST, issued_by


@pytest.fixture(scope="module")
def root() -> Authority:
    """Make a root."""
    return Authority.root()


def test_issuers_that_change_keys_are_reported(root: Authority) -> None:
    """An issuer is recognised only by the exact organisation in its name."""
    found = advice_for(issued_by("Let's Encrypt", root))
    assert found is not None
    assert found.id == "lets-encrypt"
    assert "--reuse-key" in found.own_key
    assert advice_for(issued_by("Let's Encrypt Fan Club", root)) is None
    assert advice_for(Certificate(root.issue(HOST).der)) is None


def test_an_authority_is_recognised_by_its_subject() -> None:
    """The organisation is read from the text of a subject, with its escaped commas."""
    for subject, expected in (
        ("CN=DigiCert TLS RSA4096 Root G5,O=DigiCert\\, Inc.,C=US", "digicert"),
        ("CN=ISRG Root X1,O=Internet Security Research Group,C=US", "lets-encrypt"),
    ):
        found = advice_of_subject(subject)
        assert found is not None
        assert found.id == expected
    assert advice_of_subject("CN=O=DigiCert Inc") is None


@pytest.mark.parametrize("advice", all_advice(), ids=lambda advice: advice.id)
def test_every_advice_has_a_source(advice: object) -> None:
    """Every advice has a source, because otherwise it would be an opinion."""
    source = urlsplit(str(getattr(advice, "source", "")))
    assert source.scheme == "https"
    assert source.hostname
