"""The page of errors: one section for each stable code."""

from __future__ import annotations

import inspect

from docs.generate.docstring import to_markdown
from pinsmith import errors

INTRODUCTION = """\
# Errors

Every error of pinsmith is a `pinsmith.errors.PinsmithError`. Its text is one line: subject, verb, fact. `code` is
stable and is what the command line prints in brackets (`pinsmith: error[pin-mismatch]: ...`); `hint` says what to do,
where there is something to say; `details` are further lines. All of them pickle.

A client wraps what it catches: `pinsmith.errors.find(error)` digs pinsmith's own error out of whatever was raised.
"""


def page() -> str:
    """Describe each class: its code, its place in the tree, when it is raised, and the exit code."""
    return "\n".join([INTRODUCTION, *(_section(error) for error in classes())])


def classes() -> list[type[errors.PinsmithError]]:
    """List the classes of `pinsmith.errors`, each after its base, as a reader goes down the tree."""
    found: list[type[errors.PinsmithError]] = []

    def descend(base: type[errors.PinsmithError]) -> None:
        found.append(base)
        for child in base.__subclasses__():
            if getattr(errors, child.__name__, None) is child and child not in found:
                descend(child)

    descend(errors.PinsmithError)
    return found


def _section(error: type[errors.PinsmithError]) -> str:
    bases = ", ".join(f"`{base.__name__}`" for base in error.__bases__)
    lines = [
        f"## {error.code}",
        "",
        f"`pinsmith.errors.{error.__name__}`, a kind of {bases}. The command line exits with {int(error.exit_code)}.",
        "",
        to_markdown(inspect.getdoc(error)),
        "",
    ]
    return "\n".join(lines)
