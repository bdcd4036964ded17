"""The page of the command line, with the printed help of each command."""

from __future__ import annotations

import contextlib
import io
import os
from unittest import mock

INTRODUCTION = """\
# Command line

The result goes to standard output, everything else to standard error. `-` stands for standard input or output. Colour
is used on terminals only, and never when `NO_COLOR` is set. Machine output (`--format json`, or `--json`) is an object
that begins with its `version`.
"""
WIDTH = "100"


def page() -> str:
    """Show the overview and the help of every command."""
    from pinsmith.cli import _app

    sections = [_section("pinsmith"), *(_section(f"pinsmith {name}", *name.split()) for name in _app.names())]
    return "\n".join([INTRODUCTION, *sections])


def _section(title: str, *words: str) -> str:
    return f"## {title}\n\n```text\n{_help(*words)}\n```\n"


def _help(*words: str) -> str:
    from pinsmith.cli import main

    printed = io.StringIO()
    with mock.patch.dict(os.environ, {"COLUMNS": WIDTH, "NO_COLOR": "1"}), contextlib.redirect_stdout(printed):
        code = main([*words, "--help"])
    if code:
        msg = f"`pinsmith {' '.join(words)} --help` exits with {code}"
        raise RuntimeError(msg)
    return "\n".join(line.rstrip() for line in printed.getvalue().strip("\n").splitlines())
