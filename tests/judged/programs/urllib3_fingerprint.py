"""urllib3's assert_fingerprint: URL CERTIFICATE-SHA256 CAFILE PROXY."""

from __future__ import annotations

import sys

import urllib3

url, fingerprint, cafile, proxy = sys.argv[1:]
retries = urllib3.Retry(3, connect=0, read=0, other=0, redirect=3)
options = {"assert_fingerprint": fingerprint, "ca_certs": cafile, "retries": retries, "timeout": 5}
pool = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)  # type: ignore[arg-type]
response = pool.request("GET", url)
sys.exit(response.status != 200)
