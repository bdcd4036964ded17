"""
What is known of public authorities: which keys are compromised, whose key a pin is, and what issuers say (`advice`).

Data files of this package, each with its sources inside; all are read on first use:

* ``compromised.toml``: keys that nobody may trust, and authorities that vouched for such keys.
* ``known.tsv``: a line per key of a known root or intermediate, for `find`.
* ``roots.tsv.gz`` and ``stores.tsv.gz``: certificates and SubjectPublicKeyInfos of the roots, and which trust store
  held which of them when. Nothing reads them yet.
* ``advice.toml``: what issuers say.

`_compromised` and `_known` are apart because each reads a table of its own.
"""

from __future__ import annotations

from pinsmith.authorities._compromised import Compromised, Vouched, compromised, compromised_keys, vouched
from pinsmith.authorities._known import Authority, find, key_name

__all__ = [
    "Authority",
    "Compromised",
    "Vouched",
    "compromised",
    "compromised_keys",
    "find",
    "key_name",
    "vouched",
]
