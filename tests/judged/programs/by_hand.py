"""
http.client, with the leaf's key compared between handshake and request: URL HOST PORT PINS CAFILE.

This is the smallest correct client: the context checks chain and name, and the program compares the key on the
connection that carries the request.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import ssl
import sys
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

url, host, port, pins, cafile = sys.argv[1:]
context = ssl.create_default_context(cafile=cafile)
connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=5)
connection.connect()
certificate = x509.load_der_x509_certificate(connection.sock.getpeercert(binary_form=True) or b"")
spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
if "sha256/" + base64.b64encode(hashlib.sha256(spki).digest()).decode() not in pins.split(","):
    sys.exit("not pinned")
connection.request("GET", urlsplit(url).path)
response = connection.getresponse()
response.read()
sys.exit(response.status >= 400)
