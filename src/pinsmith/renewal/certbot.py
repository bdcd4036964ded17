"""
Certbot: the renewal file of a certificate, ``/etc/letsencrypt/renewal/NAME.conf``.

Without ``reuse_key = True`` in ``[renewalparams]`` each renewal makes a new key; that is the default of every version.
The file names no hosts, except in ``[[webroot_map]]``. The name of the certificate is that of its first host, with
``-0001`` and so on added if there are several, unless somebody chose another one.

Source:
    ``reuse_key=False`` in certbot/src/certbot/_internal/constants.py, ``BOOL_CONFIG_ITEMS`` and ``_restore_bool`` in
    certbot/src/certbot/_internal/renewal.py of https://github.com/certbot/certbot
"""

from __future__ import annotations

import re
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.renewal._tool import Renewal, Tool, hosts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARAMETERS: Final = re.compile(r"(?m)^[ \t]*\[renewalparams\]")
_NUMBERED: Final = re.compile(r"-[0-9]{4}\Z")
_KEEPS: Final = {"true": True, "false": False}


def _read(text: str, file: str) -> Iterator[Renewal]:
    items = {(section, name): (value, line) for section, name, value, line in _items(text)}
    names = [name for section, name in items if section == "webroot_map"]
    lineage, _ = items.get(("", "cert"), ("", 0))
    name = PurePosixPath(lineage).parent.name or PurePath(file).stem
    if items.get(("renewalparams", "autorenew"), ("", 0))[0].lower() == "false":
        return
    start = text.count("\n", 0, _start(text)) + 1
    value, line = items.get(("renewalparams", "reuse_key"), (None, start))
    yield Renewal(
        hosts=hosts_of([_NUMBERED.sub("", name), *names]),
        keeps_key=False if value is None else _KEEPS.get(value.lower()),
        place=FilePlace(file, line),
        why="certbot makes a new key without `reuse_key = True`" if value is None else f"reuse_key is {value[:40]!r}",
        fix="write `reuse_key = True` below [renewalparams], as `certbot certonly --reuse-key` does",
    )


def _start(text: str) -> int:
    match = _PARAMETERS.search(text)
    return match.end() if match else 0


def _items(text: str) -> Iterator[tuple[str, str, str, int]]:
    """Yield the innermost section, the name, the value and the line of each setting."""
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped.partition("#")[0].strip(" \t[]")
        elif not stripped.startswith("#") and "=" in stripped:
            name, _, value = stripped.partition("=")
            yield section, name.strip(), value.strip().strip("\"'"), number


TOOL: Final = Tool(
    id="certbot",
    title="Certbot",
    spec="https://eff-certbot.readthedocs.io/en/stable/using.html",
    files="`renewal/NAME.conf` with `[renewalparams]`",
    key="new, unless `reuse_key = True`",
    recognises=lambda text, _: _PARAMETERS.search(text) is not None,
    read=_read,
)
