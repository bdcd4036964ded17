"""The chains in the descriptions of the scenarios are those that servers present and OpenSSL verifies."""

from __future__ import annotations

import socket
import ssl

import pytest

from pinsmith.certificate import Certificate
from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.stage import Stage
from pinsmith.tls._chain import presented_ders, verified_ders

LEAF, ISSUER, ROOT = "localhost", "Lab Intermediate", "Lab Root"
FIVE = [f"{ISSUER} {number}" for number in range(5, 1, -1)]
# Scenario: the presented chain, the verified chain, and its pinned certificates.
PATHS = {
    "intermediate-pin": ([LEAF, ISSUER], [LEAF, ISSUER, ROOT], {ISSUER}),
    "root-pin": ([LEAF, ISSUER, ROOT], [LEAF, ISSUER, ROOT], {ROOT}),
    "root-not-sent": ([LEAF, ISSUER], [LEAF, ISSUER, ROOT], {ROOT}),
    "long-chain": ([LEAF, *FIVE, ISSUER], [LEAF, *FIVE, ISSUER, ROOT], {f"{ISSUER} 3"}),
    "cross-signed-trusted-root": ([LEAF, ISSUER, ROOT], [LEAF, ISSUER, ROOT], {ROOT}),
    "cross-signed-other-root": ([LEAF, ISSUER, ROOT, "Old Root"], [LEAF, ISSUER, ROOT], set()),
}
FLAGS = {
    "plain": ssl.VerifyFlags.VERIFY_DEFAULT,
    "strict": ssl.VERIFY_X509_STRICT,
    # The default since Python 3.13.
    "partial chain": ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN,
}
BY_ID = {scenario.id: scenario for scenario in SCENARIOS}


@pytest.fixture(scope="module")
def pki() -> LabPKI:
    """Make the keys of the lab once."""
    return LabPKI.of_kind("ec-p256")


def _subject(certificate: Certificate) -> str:
    return certificate.subject.removeprefix("CN=")


@pytest.mark.parametrize("scenario", PATHS)
@pytest.mark.parametrize("flags", FLAGS)
def test_the_path_agrees_with_the_description(scenario: str, flags: str, pki: LabPKI) -> None:
    """With all flags of a client, the server sends the same certificates and OpenSSL builds the same path."""
    context = ssl.create_default_context(cadata=pki.trusted_pem)
    context.verify_flags |= FLAGS[flags]
    with Stage(pki) as stage:
        scene = BY_ID[scenario].set(stage)
        with (
            socket.create_connection((scene.address, scene.port), 10) as plain,
            context.wrap_socket(plain, server_hostname=scene.host) as secure,
        ):
            presented = [Certificate(der) for der in presented_ders(secure)]
            verified = [Certificate(der) for der in verified_ders(secure) or ()]
        pinned = {
            _subject(certificate) for certificate in verified if str(certificate.pin) in scene.acts[0].pinning.pins
        }
    assert (list(map(_subject, presented)), list(map(_subject, verified)), pinned) == PATHS[scenario]


@pytest.mark.parametrize("scenario", ["cross-signed-trusted-root", "cross-signed-other-root"])
def test_the_cross_certificate_is_not_in_the_verified_path(scenario: str, pki: LabPKI) -> None:
    """The presented Lab Root is signed by Old Root, but the verified one is the self-signed root of the trust store."""
    context = ssl.create_default_context(cadata=pki.trusted_pem)
    with Stage(pki) as stage:
        scene = BY_ID[scenario].set(stage)
        with (
            socket.create_connection((scene.address, scene.port), 10) as plain,
            context.wrap_socket(plain, server_hostname=scene.host) as secure,
        ):
            issuers = [Certificate(ders[2]).issuer for ders in (presented_ders(secure), verified_ders(secure) or [])]
    assert issuers == ["CN=Old Root", "CN=Lab Root"]
