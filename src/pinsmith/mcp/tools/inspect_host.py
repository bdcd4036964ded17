"""Show what a live host presents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from pinsmith.documents.inspect import InspectDocument, inspect_document
from pinsmith.mcp.tool import MAX_NAME, Arguments, Outcome, Tool

if TYPE_CHECKING:
    from pinsmith.mcp.scope import Scope


class InspectArguments(Arguments, frozen=True, kw_only=True):
    """The arguments of the tool."""

    host: Annotated[str, Meta(max_length=MAX_NAME, description="A host name or IP address, without scheme and port.")]


def _run(scope: Scope, arguments: InspectArguments) -> Outcome:
    ((target, outcomes),) = scope.survey(scope.load(), [arguments.host])
    return Outcome(inspect_document(target.host, outcomes))


TOOL = Tool(
    id="inspect-host",
    title="Inspect a live host",
    description=(
        "Connects to a host and returns the certificate chain of each of its addresses, leaf first, with the pin of "
        "every key. A host that has RSA and ECDSA certificates shows both. The port is that of the pin file, or 443. "
        "Nothing is compared with the pin file; check_policy does that. Only hosts of the pin file are allowed, unless "
        "the user started the server with --allow-any-host."
    ),
    arguments=InspectArguments,
    document=InspectDocument,
    connects=True,
    run=_run,
)
