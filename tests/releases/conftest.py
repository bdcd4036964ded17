"""Share the servers and contexts of the enforcement tests with the tests of single releases."""

from __future__ import annotations

from tests.tls.conftest import context, good_server, pki, plain_context, rogue_server, serve

__all__ = ["context", "good_server", "pki", "plain_context", "rogue_server", "serve"]
