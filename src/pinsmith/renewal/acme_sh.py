"""
acme.sh: the settings of a certificate, ``HOST/HOST.conf`` or ``HOST_ecc/HOST.conf`` in its folder.

A renewal keeps the key, unless the certificate was ordered with ``--always-force-new-domain-key``, which the file
records as ``Le_ForceNewDomainKey='1'``.

Source:
    ``createDomainKey`` in acme.sh of https://github.com/acmesh-official/acme.sh
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.renewal._tool import Renewal, Tool, hosts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOMAIN: Final = re.compile(r"(?m)^Le_Domain=")
_SETTING: Final = re.compile(r"""(Le_[A-Za-z]+)=["']?([^"']*)""")
_NO_OTHERS: Final = "no"


def _read(text: str, file: str) -> Iterator[Renewal]:
    found = ((number, _SETTING.match(line)) for number, line in enumerate(text.split("\n"), 1))
    settings = {match[1]: (match[2].strip(), number) for number, match in found if match}
    host, line = settings["Le_Domain"]
    others = settings.get("Le_Alt", (_NO_OTHERS, 0))[0].split(",")
    forced, line = settings.get("Le_ForceNewDomainKey", ("", line))
    yield Renewal(
        hosts=hosts_of([host, *(other for other in others if other != _NO_OTHERS)]),
        keeps_key=forced != "1",
        place=FilePlace(file, line),
        why=f"Le_ForceNewDomainKey is {forced[:40]!r}",
        fix="remove Le_ForceNewDomainKey, and order without --always-force-new-domain-key",
    )


TOOL: Final = Tool(
    id="acme-sh",
    title="acme.sh",
    spec="https://github.com/acmesh-official/acme.sh/wiki/Options-and-Params",
    files="`HOST.conf` with `Le_Domain`",
    key="kept, unless `Le_ForceNewDomainKey='1'`",
    recognises=lambda text, _: _DOMAIN.search(text) is not None,
    read=_read,
)
