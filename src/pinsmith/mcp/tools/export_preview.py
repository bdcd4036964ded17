"""Show the text of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from pinsmith import formats, sync
from pinsmith.checks import ending
from pinsmith.documents.export import ExportDocument, export_document
from pinsmith.mcp.tool import MAX_NAME, Arguments, Outcome, Tool

if TYPE_CHECKING:
    from pinsmith.mcp.scope import Scope


class ExportArguments(Arguments, frozen=True, kw_only=True):
    """The arguments of the tool."""

    format: Annotated[str, Meta(max_length=MAX_NAME, description="The id of a format, such as android-nsc.")]
    hosts: Annotated[
        list[Annotated[str, Meta(max_length=MAX_NAME)]],
        Meta(max_length=1000, description="Only these hosts of the pin file. Default: all of them."),
    ] = msgspec.field(default_factory=list)
    accept_loss: Annotated[
        list[Annotated[str, Meta(max_length=MAX_NAME)]],
        Meta(max_length=100, description="The ids of losses that the user accepts; an error lists them."),
    ] = msgspec.field(default_factory=list)


def _run(scope: Scope, arguments: ExportArguments) -> Outcome:
    target = formats.find(arguments.format)
    policy = scope.load().policy
    options = {"hosts": tuple(arguments.hosts), "accept-loss": tuple(arguments.accept_loss)}
    # No option names a private key, so formats that are signed are refused.
    made = sync.export(policy, target, scope.pin_file, options=options, now=scope.clock())
    return Outcome(export_document(target, made, ending.find(policy, made.hosts, now=scope.clock())))


TOOL = Tool(
    id="export-preview",
    title="Preview an export",
    description=(
        "Returns the text that `pinsmith export` would write for a platform from the pin file. Nothing is written. If "
        "the format cannot express a part of the policy, the error names that loss: ask the user before you accept it "
        "in accept_loss. The error about an unknown format names the nearest ones."
    ),
    arguments=ExportArguments,
    document=ExportDocument,
    connects=False,
    run=_run,
)
