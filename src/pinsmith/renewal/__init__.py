"""
Renewal automation: files of the tools that renew certificates, and whether the next renewal keeps the key.

A new tool is one file, one line here, its samples, and a line in the changelog. No
tool is run, and no certificate is read.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith.renewal import acm, acme_sh, caddy, cert_manager, certbot, lego
from pinsmith.syntax.position import SyntaxLimitError

if TYPE_CHECKING:
    from pinsmith.renewal._tool import Renewal as Renewal, Tool

TOOLS: Final[tuple[Tool, ...]] = (
    acm.TOOL,
    acme_sh.TOOL,
    caddy.TOOL,
    cert_manager.TOOL,
    certbot.TOOL,
    lego.TOOL,
)
"""All tools, in the order of their ids."""

_SIGN: Final = re.compile(rb"renewalparams|cert-manager\.io/|aws_acm_certificate|Le_Domain|\blego\b")
_SUFFIXES: Final = {".conf", ".yaml", ".yml", ".tf", ".sh", ".service"}
_MAX_CHARACTERS: Final = 1024 * 1024


def is_name(name: str) -> bool:
    """Return whether *name*, without folders, is that of a file that a tool may read."""
    return PurePath(name).suffix in _SUFFIXES or caddy.is_name(name)


def may_renew(content: bytes, name: str) -> bool:
    """Return whether it is worth the time to read a file."""
    return caddy.is_name(name) or bool(_SIGN.search(content))


def read(text: str, file: str) -> tuple[Renewal, ...] | None:
    """
    Read a file.

    Returns:
        The renewals whose hosts the file names, in its order. Hosts that are variables are left out. None if the file
        is of no tool.

    Raises:
        SyntaxFaultError: If it is of a tool and cannot be read, or the parser that it needs is not installed.
    """
    tools = [tool for tool in TOOLS if tool.recognises(text, file)]
    if not tools:
        return None
    if len(text) > _MAX_CHARACTERS:
        raise SyntaxLimitError(f"it is larger than {_MAX_CHARACTERS // 1024} KiB")
    return tuple(renewal for tool in tools for renewal in tool.read(text, file) if renewal.hosts)
