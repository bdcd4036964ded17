from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.lab_pki import HOST, LabPKI
from pinsmith.lab.servers.dual import DualServer, second_identity
from tests.lab.client import connected, trusting

if TYPE_CHECKING:
    from pinsmith.lab.pki.identity import Identity


@pytest.fixture(scope="module", params=["ec-p256", "rsa-2048"])
def pki(request: pytest.FixtureRequest) -> LabPKI:
    """Make the keys of the lab once."""
    return LabPKI.of_kind(request.param)


def _shown(server: DualServer, pki: LabPKI, ciphers: str | None = None) -> bytes | None:
    """Return the certificate that a client sees which accepts only keys of *ciphers*."""
    context = trusting(pki.root)
    if ciphers is not None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
    with connected(server.endpoint, context, HOST) as secure:
        return secure.getpeercert(binary_form=True)


@pytest.mark.parametrize("turned", [False, True], ids=["own key preferred", "second key preferred"])
def test_a_client_that_accepts_both_kinds_is_shown_the_preferred_one(pki: LabPKI, *, turned: bool) -> None:
    """A client that accepts only one kind is shown that kind, with its chain."""
    own, second = pki.genuine(), second_identity(pki)
    preferred, other = (second, own) if turned else (own, second)
    by_kind: dict[str, Identity] = {"aRSA": own, "aECDSA": second}
    if pki.kind != "rsa-2048":
        by_kind = {"aRSA": second, "aECDSA": own}
    with DualServer(preferred, other) as server:
        assert _shown(server, pki) == preferred.der
        for kind, identity in by_kind.items():
            assert _shown(server, pki, f"{kind}+ECDHE") == identity.der


def test_two_keys_of_one_kind_are_refused(pki: LabPKI) -> None:
    """A server can have one certificate of each kind; the second of a kind would silently replace the first."""
    with pytest.raises(ValueError, match="one RSA key and one of another type"):
        DualServer(pki.genuine(), pki.genuine())
