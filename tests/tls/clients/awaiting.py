"""
Ways that the enforcement core does not serve yet; all of them fail closed.

Two faults, each tested for here, so that the ways come back by themselves once they are mended. Then this file goes.
"""

from __future__ import annotations

import ssl
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.policy import Policy
from pinsmith.tls._socket import PinnedSSLObject
from pinsmith.tls.context import PinnedSSLContext

if TYPE_CHECKING:
    from tests.tls.clients.way import Way


def marks(way: Way) -> list[pytest.MarkDecorator]:
    """Mark a way that cannot be run, because half-open connections of one test would disturb the next."""
    if "uvloop" in way.id and not _bound_methods_survive():
        return [pytest.mark.xfail(run=False, reason="uvloop keeps the guarded object's bound methods")]
    if (
        "trio" in way.id or "anyio" in way.id or way.id.startswith(("httpx:asyncio", "httpx2:asyncio"))
    ) and not _bytes_are_names():
        return [pytest.mark.xfail(run=False, reason="trio and anyio pass server_hostname as bytes")]
    return []


def _wrapped(name: Any) -> ssl.SSLObject:  # noqa: ANN401 - ssl takes more than its types say
    return PinnedSSLContext(Policy()).wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)


@cache
def _bytes_are_names() -> bool:
    try:
        _wrapped(b"localhost")
    except TypeError:
        return False
    return True


@cache
def _bound_methods_survive() -> bool:
    guarded: Any = _wrapped("localhost")
    read = guarded.read
    guarded.__class__ = PinnedSSLObject
    try:
        read(1)
    except AttributeError:
        return False
    except ssl.SSLError:
        return True
    return True
