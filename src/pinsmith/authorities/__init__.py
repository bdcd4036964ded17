"""
What is known of public authorities: which keys are compromised, whose key a pin is, and what issuers say (`advice`).

Data files of this package, each with its sources inside; all are read on first use:

* ``compromised.toml``: keys that nobody may trust, and authorities that vouched for such keys.
* ``known.tsv``: a line per key of a known root or intermediate, for `find`.
* ``roots.tsv.gz`` and ``stores.tsv.gz``: certificates and SubjectPublicKeyInfos of the roots, and which trust store
  held which of them when. Nothing reads them yet.
* ``advice.toml``: what issuers say.
"""

from __future__ import annotations

from pinsmith.authorities._compromised import Compromised, Vouched, compromised, compromised_keys, vouched

TYPE_CHECKING = False
if TYPE_CHECKING:
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
_KNOWN = ("Authority", "find", "key_name")


# Loaded on first use: enforcement does not look authorities up, so it does not pay for them.
def __getattr__(name: str) -> object:
    if name not in _KNOWN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pinsmith.authorities import _known

    return getattr(_known, name)


def __dir__() -> list[str]:
    return __all__
