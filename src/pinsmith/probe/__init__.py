"""
Live retrieval: from a host to the chain it presents and the chain that was verified, by full handshakes.

Parts: `target` and `trust` hold what to ask and which chains are trusted; `starttls`, `handshake` and `conversation`
speak the protocols (bytes in, bytes out); `driver` moves the bytes of many hosts at once; `resolve` finds addresses;
`retrieval` is the way in; `survey` asks every address of a host for both kinds of key.
"""

from __future__ import annotations

from pinsmith.probe.resolve import resolve_all
from pinsmith.probe.result import Failed, Fetched, FetchOutcome
from pinsmith.probe.retrieval import fetch, fetch_many
from pinsmith.probe.starttls import PROTOCOLS
from pinsmith.probe.target import Target, parse_target
from pinsmith.probe.trust import Trust

__all__ = [
    "PROTOCOLS",
    "Failed",
    "FetchOutcome",
    "Fetched",
    "Target",
    "Trust",
    "fetch",
    "fetch_many",
    "parse_target",
    "resolve_all",
]
