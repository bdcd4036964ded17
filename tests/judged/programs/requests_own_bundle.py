"""
Trust only the authority that issued the certificate of the host: URL BUNDLE.

Source:
    https://smarttldr.pages.dev/en/topic/python-certificate-pinning/core, "restrict the CA bundle";
    https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification
"""

from __future__ import annotations

import sys

import requests

url, bundle = sys.argv[1:]
requests.get(url, timeout=5, verify=bundle).raise_for_status()
