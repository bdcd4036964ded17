"""requests with pinsmith: URL POLICY CAFILE PROXY."""

from __future__ import annotations

import os
import sys

import pinsmith
from pinsmith.clients.requests import Session

url, policy, cafile, proxy = sys.argv[1:]
context = pinsmith.PinnedSSLContext(pinsmith.load(policy), cafile=cafile)
with Session(context) as session:
    session.get(url, timeout=float(os.environ.get("SECONDS_TO_WAIT", "5")), proxies={"https": proxy}).raise_for_status()
