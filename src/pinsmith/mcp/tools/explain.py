"""Explain what a pin admits and survives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from pinsmith.documents.explain import ExplainDocument, explain_document
from pinsmith.errors import UsageError
from pinsmith.explaining.asked import explain_word
from pinsmith.explaining.records import Records
from pinsmith.mcp.tool import MAX_NAME, Arguments, Outcome, Tool

if TYPE_CHECKING:
    from pinsmith.mcp.scope import Scope


class ExplainArguments(Arguments, frozen=True, kw_only=True):
    """The arguments of the tool."""

    subject: Annotated[
        str,
        Meta(
            max_length=MAX_NAME,
            description="A pin in any usual spelling, or the name of a key or of a host of the pin file.",
        ),
    ]


def _run(scope: Scope, arguments: ExplainArguments) -> Outcome:
    there = scope.pin_file if scope.pin_file.is_file() else None
    found = explain_word(arguments.subject, Records.beside(there), now=scope.clock())
    if found is None:
        raise UsageError(
            f"{arguments.subject!r} is not a pin, and the pin file has no key or host of that name",
            hint="pass a pin such as sha256/..., or ask for the hosts of the pin file",
        )
    return Outcome(explain_document(found))


TOOL = Tool(
    id="explain",
    title="Explain what a pin admits and survives",
    description=(
        "Returns what a pin lets in and where it keeps matching, without a connection: the certificates that carry the "
        "key, the public authorities below it, its standing in versions of trust stores, the advice of the authority, "
        "and dates to come. For a key or a host of the pin file, the result also has the hosts and the releases that "
        "pin it. The standing 'unknown' means that the tables cannot tell, and never that the answer is no."
    ),
    arguments=ExplainArguments,
    document=ExplainDocument,
    connects=False,
    run=_run,
)
