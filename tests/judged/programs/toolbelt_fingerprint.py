"""The FingerprintAdapter of requests-toolbelt: URL CERTIFICATE-SHA256 CAFILE PROXY."""

from __future__ import annotations

import sys

import requests
from requests_toolbelt.adapters.fingerprint import FingerprintAdapter

url, fingerprint, cafile, proxy = sys.argv[1:]
with requests.Session() as session:
    session.mount("https://", FingerprintAdapter(fingerprint))
    session.get(url, timeout=5, verify=cafile, proxies={"https": proxy}).raise_for_status()
