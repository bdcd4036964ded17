"""
Completion of the hosts and keys of a pin file: the one of --file, or the nearest one.

The file is not validated, because that would import most of the library while a shell waits. A file that cannot be read
raises any error, which `pinsmith.cli._completion.answer` hides.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pinsmith.cli._options import find_pin_file

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

# Of one that is larger nothing is completed, because the shell would wait for half a second or more.
_MAX_BYTES: Final = 2_000_000
# Bash inserts a word as it stands, so the words of a file of somebody else must mean nothing to it.
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def hosts(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """List the hosts that begin with *incomplete*."""
    return _plain([entry["name"] for entry in _read(context)["host"]], incomplete)


def keys(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """List the keys that begin with *incomplete*; of the host that the command line names, if the file has it."""
    document = _read(context)
    # Words that stand before an option without its value are not arguments yet.
    named = {context.params.get("host"), *context.args}
    of_host = [entry["keys"] for entry in document.get("host", ()) if entry["name"] in named]
    return _plain(of_host[0] if of_host else document["keys"], incomplete)


def keys_and_hosts(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """List the keys and the hosts that begin with *incomplete*."""
    document = _read(context)
    return _plain([*document.get("keys", {}), *(entry["name"] for entry in document.get("host", ()))], incomplete)


def keys_or_files(context: click.Context, option: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """List keys; where no key begins with *incomplete*, ask the shell for files."""
    from click.shell_completion import CompletionItem

    with contextlib.suppress(Exception):  # without a pin file there are still files
        if named := keys(context, option, incomplete):
            return [CompletionItem(name) for name in named]
    return [CompletionItem(incomplete, type="file")]


def _read(context: click.Context) -> dict[str, Any]:
    import tomllib

    given = context.params.get("file")
    path = find_pin_file(given.expanduser() if isinstance(given, Path) else None)
    if not path.is_file() or path.stat().st_size > _MAX_BYTES:
        return {"host": [], "keys": {}}
    return tomllib.loads(path.read_text("utf-8"))


def _plain(words: Any, incomplete: str) -> list[str]:  # noqa: ANN401 - as it stands in the file
    return [word for word in words if _PLAIN.fullmatch(word) and word.startswith(incomplete)]
