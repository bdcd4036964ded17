"""What the targets for Python claim beyond the lab's scenarios; the attacks on a context stand in tests/tls."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, LEAF
from tests.prove import python
from tests.prove.proving import prove_claims

if TYPE_CHECKING:
    from tests.prove.subject import Subject

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1200)]

EACH = [each for each in python.SUBJECTS if each.id in {"python-requests", "python-standalone-urllib"}]


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_a_transport_is_refused(library: str) -> None:
    """The usual way to ask for retries would take the pins away, for a transport has a context of its own."""
    text = export(Policy((HostPins("localhost", (LEAF, BACKUP)),)), find("python"), options={"client": library}).text
    made: dict[str, Any] = {}
    exec(text, made)  # noqa: S102 - it is what we generated
    httpx = import_module(library)
    for options in ({"transport": httpx.HTTPTransport(retries=3)}, {"mounts": {"https://": httpx.HTTPTransport()}}):
        for make in (made["client"], made["async_client"]):
            with pytest.raises(ValueError, match="a context of its own"):
                make(**options)
    made["client"](timeout=3, transport=None).close()


@pytest.mark.parametrize("subject", EACH, ids=lambda subject: subject.id)
def test_what_a_target_claims_is_true(subject: Subject) -> None:
    """An exempt host is let be, a host's own pins replace its parent's, and no spelling of a name evades them."""
    proof = prove_claims(subject)
    assert not [f"{each.scenario.id}: {each.verdict}: {each.reason}" for each in proof.failed]
    assert {each.scenario.id for each in proof.tried} >= {"address-127.0.0.1-rogue", "demanded-pins-none", "final-dot"}
