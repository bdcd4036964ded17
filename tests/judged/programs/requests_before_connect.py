"""
Check the certificate on one connection, then let requests open another: URL HOST PORT PIN CAFILE PROXY.

This is our own code for how guides use `ssl.get_server_certificate`, and tools that print a pin. It compares the right
key, but nothing ties the request to the connection that was checked.

Source:
    https://smarttldr.pages.dev/en/topic/python-certificate-pinning/deep-dive, whose pin comes from a connection that is
    closed before the program's own; https://docs.python.org/3/library/ssl.html#ssl.get_server_certificate
"""

from __future__ import annotations

import base64
import hashlib
import ssl
import sys

import requests
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

url, host, port, pin, cafile, proxy = sys.argv[1:]
seen = x509.load_pem_x509_certificate(ssl.get_server_certificate((host, int(port)), timeout=5).encode())
spki = seen.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
if "sha256/" + base64.b64encode(hashlib.sha256(spki).digest()).decode() != pin:
    sys.exit("not pinned")
requests.get(url, timeout=5, verify=cafile, proxies={"https": proxy}).raise_for_status()
