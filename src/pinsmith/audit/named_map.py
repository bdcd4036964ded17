"""Go and Python: a map of hosts and pins whose name says so, in a file that leaves the comparison to others."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import go_tls, python_ssl
from pinsmith.audit._compared import Digests, are_pins, judged, matches
from pinsmith.audit._declared import named
from pinsmith.audit._extractor import Extractor, Pinning
from pinsmith.audit._hosts import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code

_PIN: Final = re.compile(r"[A-Za-z0-9+/]{43}=")
_NAME: Final = re.compile(
    r"(?i:(?:^|_)pin(?:s|ned|ning)?(?:_|$)|spki|pub(?:lic)?_?key)"
    r"|(?:^|[a-z])Pin(?:s|ned|ning)?(?:[A-Z_]|$)|^pin(?:s|ned|ning)?[A-Z]"
)
_DECLARATIONS: Final = frozenset({"assignment", "const_spec", "short_var_declaration", "var_spec"})
_ENTRIES: Final = frozenset({"keyed_element", "pair"})
_MAX_AROUND: Final = 5  # from a map to its declaration
_MAX_NAME: Final = 60  # characters
_COMPARES: Final = frozenset({*go_tls.SIGNS, *python_ssl.SIGNS})
_UNKNOWN: Final = Digests(of_keys=False, of_certificates=False)


def _find(code: Code) -> Iterator[Pinning]:
    words = {node.text() for node in code.find_kinds(code.language.names | code.language.words)}
    for node in code.maps() if words.isdisjoint(_COMPARES) else ():
        pairs = code.pairs(node) or () if _NAME.search(_name_of(node)) else ()
        for pair in pairs:
            pins = tuple(code.values(pair.value))
            if are_pins(pins, _UNKNOWN) and any(matches(HOST, key) for key in pair.keys):
                yield judged(Pinning(pair.keys, pins, pair.at), _UNKNOWN)


def _name_of(node: SgNode) -> str:
    """Return the name that a map is given in its declaration."""
    for around in itertools.islice(node.ancestors(), _MAX_AROUND):
        if around.kind() in _DECLARATIONS:
            first = named(around)[0]
            return first.text() if first.is_leaf() else named(first)[0].text()[:_MAX_NAME]
        if around.kind() in _ENTRIES:
            break
    return ""


EXTRACTOR: Final = Extractor(
    id="named-map",
    title="a map of pins",
    signs=("PIN", "Pin", "PUBKEY", "PUBLIC_KEY", "PublicKey", "PubKey", "SPKI", "pin", "pubkey", "spki"),
    needs=_PIN,
    formats={"go": "go", "python": "python-standalone"},
    variants=(*go_tls.EXTRACTOR.variants, *python_ssl.EXTRACTOR.variants),
    find=_find,
)
