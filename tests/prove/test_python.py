"""What the lab does not ask of the code for Python; the attacks on a context stand in tests/tls."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, LEAF

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1200)]


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_a_transport_is_refused(library: str) -> None:
    """The usual way to ask for retries would take the pins away, for a transport has a context of its own."""
    text = export(Policy((HostPins("localhost", (LEAF, BACKUP)),)), find("python"), options={"client": library}).text
    made: dict[str, Any] = {}
    exec(text, made)  # noqa: S102 - it is what we generated
    httpx = import_module(library)
    for options in ({"transport": httpx.HTTPTransport(retries=3)}, {"mounts": {"https://": httpx.HTTPTransport()}}):
        for make in (made["client"], made["async_client"]):
            with pytest.raises(ValueError, match="would ignore the pins"):
                make(**options)
    made["client"](timeout=3, transport=None).close()
