"""Test the code for Python beyond the lab; tests/tls contains the attacks on a context."""

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
    """A transport, the usual way to set retries, is refused, because its own context would ignore the pins."""
    text = export(Policy((HostPins("localhost", (LEAF, BACKUP)),)), find("python"), options={"client": library}).text
    made: dict[str, Any] = {}
    exec(text, made)  # noqa: S102 - we generated it
    httpx = import_module(library)
    for options in ({"transport": httpx.HTTPTransport(retries=3)}, {"mounts": {"https://": httpx.HTTPTransport()}}):
        for make in (made["client"], made["async_client"]):
            with pytest.raises(ValueError, match="would ignore the pins"):
                make(**options)
    made["client"](timeout=3, transport=None).close()
