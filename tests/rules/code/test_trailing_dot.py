"""The clients that `trailing-dot-unpinned` is about treat a dot at the end of a host as the rule says."""

from __future__ import annotations

import requests
from requests.adapters import HTTPAdapter

from pinsmith.rules.code.trailing_dot_unpinned import RULE


class _Pinned(HTTPAdapter):
    """The adapter of the pinned host."""


def test_requests_has_another_adapter_for_a_host_with_a_dot() -> None:
    """The adapter of https://host/ is not the one of https://host./, unless it is mounted there, too."""
    with requests.Session() as session:
        session.mount("https://api.example.com/", _Pinned())
        assert isinstance(session.get_adapter("https://api.example.com/v1"), _Pinned)
        assert not isinstance(session.get_adapter("https://api.example.com./v1"), _Pinned)
        session.mount("https://api.example.com./", _Pinned())
        assert isinstance(session.get_adapter("https://api.example.com./v1"), _Pinned)
    assert ".mount(" in RULE.signs
