"""
Caddy: the sites of a Caddyfile for which it orders certificates itself.

Each certificate gets a new key, unless ``tls`` of the site has ``reuse_private_keys``. Sites over plain HTTP, and sites
with ``tls CERTIFICATE KEY``, have no renewal by Caddy.

Source:
    https://caddyserver.com/docs/caddyfile/directives/tls, https://caddyserver.com/docs/caddyfile/concepts,
    https://github.com/caddyserver/caddy/pull/6025, and ``ReusePrivateKeys`` in config.go of
    https://github.com/caddyserver/certmagic, which announces that the setting will go some day
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.renewal._tool import Renewal, Tool, hosts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"?|`[^`]*`?|\S+')
_ADDRESS: Final = re.compile(r"(?:(?P<scheme>https?)://)?(?P<host>\[[^\]]*\]|[^:/]*)(?::(?P<port>[0-9]+))?")
_PLAIN_PORT: Final = "80"
_REUSE: Final = "reuse_private_keys"
_FILES: Final = 2  # arguments of `tls` that name a certificate and a key
_NO_RENEWALS: Final = (["auto_https", "off"], ["auto_https", "disable_certs"])


@dataclass
class _Block:
    """A block of the top level: the words before its brace, its line, and its lines with their depth inside it."""

    header: list[str]
    line: int
    body: list[tuple[int, list[str]]] = field(default_factory=list)


def is_name(name: str) -> bool:
    """Return whether *name*, without folders, is that of a Caddyfile."""
    return name.startswith("Caddyfile") or PurePath(name).suffix.lower() == ".caddyfile"


def _read(text: str, file: str) -> Iterator[Renewal]:
    blocks = list(_blocks(text))
    snippets = {block.header[0][1:-1]: block for block in blocks if block.header and block.header[0].startswith("(")}
    if any(words in _NO_RENEWALS for block in blocks if not block.header for _, words in block.body):
        return
    for block in blocks:
        names = [address for word in block.header for address in _addresses(word)]
        found = None if block in snippets.values() else _key(block, snippets)
        if found is not None:
            keeps, why = found
            fix = f"write `{_REUSE}` into a `tls` block of the site"
            yield Renewal(hosts=hosts_of(names), keeps_key=keeps, place=FilePlace(file, block.line), why=why, fix=fix)


def _key(block: _Block, snippets: Mapping[str, _Block]) -> tuple[bool | None, str] | None:
    """Say whether Caddy keeps the key of a site, and why; None if Caddy does not order its certificate."""
    body = list(block.body)
    missing = ""
    for depth, words in block.body:
        if depth == 0 and words[0] == "import" and len(words) > 1:
            snippet = snippets.get(words[1])
            body += snippet.body if snippet else []
            missing = missing if snippet else words[1]
    lines = [words for depth, words in body if depth == 0 and words[0] == "tls"]
    if any(len(words) - words.count("{") == _FILES + 1 for words in lines):
        return None
    settings = {words[0] for depth, words in body if depth == 1}
    if _REUSE in settings:
        return True, f"tls has {_REUSE}"
    if "get_certificate" in settings or missing:
        return None, f"the site imports {missing[:80]!r}" if missing else "another module gets the certificate"
    return False, f"Caddy makes a new key for each certificate, because tls has no {_REUSE}"


def _addresses(word: str) -> Iterator[str]:
    for address in word.split(","):
        match = _ADDRESS.match(address)
        if match and match["scheme"] != "http" and (match["scheme"] or match["port"] != _PLAIN_PORT):
            yield match["host"].strip("[]")


def _blocks(text: str) -> Iterator[_Block]:
    """Yield the blocks of the top level. A file without braces around its only site is one block."""
    block: _Block | None = None
    depth = 0
    header: list[str] = []
    start, has_braces = 1, True
    for number, words in _lines(text):
        if block is None:
            start = start if header else number
            header += [word for word in words if word != "{"]
            if words[-1] == "{" or not words[-1].endswith(","):
                block, depth, has_braces = _Block(header, start), 0, words[-1] == "{"
        elif words == ["}"]:
            depth -= 1
            if depth < 0 and has_braces:
                yield block
                block, header = None, []
        else:
            block.body.append((depth, words))
            depth += words[-1] == "{"
    if block is not None:
        yield block


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that have words, without comments."""
    for number, line in enumerate(text.split("\n"), 1):
        words: list[str] = []
        for token in _TOKEN.findall(line):
            if token.startswith("#"):
                break
            words.append(token.strip('"`'))
        if words := [word for word in words if word]:
            yield number, words


TOOL: Final = Tool(
    id="caddy",
    title="Caddy",
    spec="https://caddyserver.com/docs/caddyfile/directives/tls",
    files="`Caddyfile`, `*.caddyfile`",
    key="new, unless `tls` has `reuse_private_keys`",
    recognises=lambda _, file: is_name(PurePath(file).name),
    read=_read,
)
