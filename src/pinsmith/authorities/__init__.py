"""
Facts about public authorities: compromised keys, known keys, what issuers say about pinning, and dates.

This package has the following data files, which list their sources. They are read on first use:

* ``compromised.toml``: keys that nobody may trust, and authorities that signed certificates for such keys.
* ``known.tsv``: one line for every key of a known root or intermediate, for `find` and `digests_named`.
* ``roots.tsv.gz`` and ``stores.tsv.gz``: certificates and SubjectPublicKeyInfos of the roots, and when they were in
  which trust store, for `memberships`, `root_keys` and `store_lists`.
* ``issued.tsv``: the certificates that authorities signed for the keys of others, for `issued_by`, `issued_for` and
  `cross_signed_by`.
* ``advice.toml``: what issuers say about pinning (`advice`).
* ``calendar.toml``: what changes for public authorities, and when (`calendar`).

`_compromised`, `_known`, `_issued` and `_stores` are separate modules because they read different tables.
"""

from __future__ import annotations

from pinsmith.authorities._compromised import Compromised, Vouched, compromised, compromised_keys, vouched
from pinsmith.authorities._issued import Issued, cross_signed_by, issued_by, issued_for
from pinsmith.authorities._known import Authority, digests_named, find, key_name, near
from pinsmith.authorities._stores import ListedRoot, Membership, StoreList, memberships, root_keys, store_lists

__all__ = [
    "Authority",
    "Compromised",
    "Issued",
    "ListedRoot",
    "Membership",
    "StoreList",
    "Vouched",
    "compromised",
    "compromised_keys",
    "cross_signed_by",
    "digests_named",
    "find",
    "issued_by",
    "issued_for",
    "key_name",
    "memberships",
    "near",
    "root_keys",
    "store_lists",
    "vouched",
]
