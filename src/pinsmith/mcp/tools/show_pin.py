"""Show what is known of a pin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from pinsmith.documents.pin import PinDocument, pin_document
from pinsmith.errors import FileError
from pinsmith.mcp.tool import MAX_NAME, Arguments, Outcome, Tool
from pinsmith.pin import parse_any_spelling
from pinsmith.policy import Policy

if TYPE_CHECKING:
    from pinsmith.mcp.scope import Scope


class PinArguments(Arguments, frozen=True, kw_only=True):
    """The arguments of the tool."""

    pin: Annotated[
        str,
        Meta(max_length=MAX_NAME, description="A pin in any usual spelling, or the name of a key of the pin file."),
    ]


def _run(scope: Scope, arguments: PinArguments) -> Outcome:
    left_out: tuple[str, ...] = ()
    try:
        policy = scope.load().policy
    except FileError as error:
        policy, left_out = Policy(), (f"keys: {error}",)
    named = next((key.pin for key in policy.keys if key.name == arguments.pin), None)
    return Outcome(pin_document(named or parse_any_spelling(arguments.pin).pin, policy), left_out)


TOOL = Tool(
    id="show-pin",
    title="Show what is known of a pin",
    description=(
        "Returns what is known of a pin, without a connection. The result has the keys and hosts of the pin file with "
        "this pin, and the public authority whose key it is, or one whose pin differs in one character. It also shows "
        "whether the key is compromised, and whether the pin is a placeholder that no key can have."
    ),
    arguments=PinArguments,
    document=PinDocument,
    connects=False,
    run=_run,
)
