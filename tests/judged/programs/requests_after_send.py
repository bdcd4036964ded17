"""
An adapter of requests that checks the certificate after the response has arrived: URL HASHES CAFILE.

This is our own code with the property of the Python snippet in "SSL Pinning Guide" of SSLens. It hashes the whole
certificate, which it reads from the connection of the response, after the request has been sent.

Source:
    https://github.com/sitharaj88/sslens, its guide for "Python", "Using Requests with Certificate Verification"
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from typing import Any

import requests
from requests.adapters import HTTPAdapter


class _LateAdapter(HTTPAdapter):
    def __init__(self, hashes: frozenset[str]) -> None:
        self._hashes = hashes
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:  # noqa: ANN401 - handed on
        response = super().send(request, *args, **options)
        raw: Any = response.raw
        certificate = raw._connection.sock.getpeercert(binary_form=True)  # private, as in the guide
        found = base64.b64encode(hashlib.sha256(certificate).digest()).decode()
        if found not in self._hashes:
            raise ValueError(f"not pinned: {found}")
        return response


url, hashes, cafile = sys.argv[1:]
with requests.Session() as session:
    session.mount("https://", _LateAdapter(frozenset(hashes.split(","))))
    session.get(url, timeout=float(os.environ.get("SECONDS_TO_WAIT", "5")), verify=cafile).raise_for_status()
