"""httpx with pinsmith, HTTP/2 allowed: URL POLICY CAFILE PROXY."""

from __future__ import annotations

import sys

import httpx

import pinsmith

url, policy, cafile, proxy = sys.argv[1:]
context = pinsmith.PinnedSSLContext(pinsmith.load(policy), cafile=cafile)
with httpx.Client(verify=context, http2=True, follow_redirects=True, proxy=proxy or None, timeout=5) as client:
    client.get(url).raise_for_status()
