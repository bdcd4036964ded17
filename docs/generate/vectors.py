"""The page of the test vectors of signed updates, with the facts that each vector publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.generate import docstring

if TYPE_CHECKING:
    from pinsmith.lab.updates.vector import Outcome, Vector

INTRODUCTION = """\
# Test vectors of signed updates

`pinsmith lab serve --updates FOLDER` writes these test vectors, [each as the files of a web host](../lab-serve.md).
A client sees the states of a vector in order. The table below each vector says which of them it must accept, and which
policy is in force afterwards. Version 1 is the first that was signed; *floor* is the policy of `floor.toml`, which the
client was built with.

Every client of The Update Framework must pass the vectors of the layer *tuf*. Those of the layer *policy* are signed
as they should be, and only pinsmith's own rules refuse them. The codes are those of the errors of `pinsmith.updates`.
"""


def page() -> str:
    """Show a table of all vectors, and then each of them."""
    from pinsmith.lab.vectors import VECTORS

    rows = [f"| [](#vector-{vector.id}) | {vector.title} | {vector.layer} | {_end(vector)} |" for vector in VECTORS]
    table = "\n".join(["| vector | | layer | the last state |", "| - | - | - | - |", *rows])
    return "\n".join([INTRODUCTION, f"{table}\n", *map(_section, VECTORS)])


def _end(vector: Vector) -> str:
    return "accepted" if vector.is_accepted else "refused"


def _section(vector: Vector) -> str:
    rows = [
        f"| {number} | {_result(outcome)} | {_version(outcome)} |" for number, outcome in enumerate(vector.outcomes, 1)
    ]
    table = "\n".join(["| state | | in force afterwards |", "| - | - | - |", *rows])
    body = docstring.to_markdown(vector.description)
    return f"(vector-{vector.id})=\n\n## {vector.id}\n\n{body}\n\n{table}\n"


def _result(outcome: Outcome) -> str:
    if outcome.code is None:
        return "accepted"
    return f"refused: `{outcome.code}`" + "".join(f", `{code}`" for code in outcome.reasons)


def _version(outcome: Outcome) -> str:
    return "floor" if outcome.version is None else f"version {outcome.version}"
