"""The chains that the descriptions draw are those that are presented, and OpenSSL verifies the path that they say."""

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
# Scenario: what is presented, what is verified, and what of it is pinned.
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
    # The default from Python 3.13 on.
    "partial chain": ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN,
}
BY_ID = {each.id: each for each in SCENARIOS}


@pytest.fixture(scope="module")
def pki() -> LabPKI:
    """Share the keys."""
    return LabPKI.of_kind("ec-p256")


def _subject(certificate: Certificate) -> str:
    return certificate.subject.removeprefix("CN=")


@pytest.mark.parametrize("scenario", PATHS)
@pytest.mark.parametrize("flags", FLAGS)
def test_the_path_is_the_one_that_is_drawn(scenario: str, flags: str, pki: LabPKI) -> None:
    """Whatever flags a client sets, the same certificates are sent, and the same path is built of them."""
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
        pinned = {_subject(each) for each in verified if str(each.pin) in scene.acts[0].pinning.pins}
    assert ([_subject(each) for each in presented], [_subject(each) for each in verified], pinned) == PATHS[scenario]


@pytest.mark.parametrize("scenario", ["cross-signed-trusted-root", "cross-signed-other-root"])
def test_the_cross_certificate_is_no_part_of_the_verified_path(scenario: str, pki: LabPKI) -> None:
    """Presented is Lab Root as Old Root signed it; verified is the one of the trust store, which signed itself."""
    context = ssl.create_default_context(cadata=pki.trusted_pem)
    with Stage(pki) as stage:
        scene = BY_ID[scenario].set(stage)
        with (
            socket.create_connection((scene.address, scene.port), 10) as plain,
            context.wrap_socket(plain, server_hostname=scene.host) as secure,
        ):
            issuers = [Certificate(ders[2]).issuer for ders in (presented_ders(secure), verified_ders(secure) or [])]
    assert issuers == ["CN=Old Root", "CN=Lab Root"]
