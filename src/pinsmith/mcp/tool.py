"""A tool: a name, a static description, arguments, a document, and a function without side effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.documents.document import Versioned
    from pinsmith.mcp.scope import Scope

MAX_NAME: Final = 1000
"""Characters of a name that a client passes."""


class Arguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of the arguments of a tool."""


A = TypeVar("A", bound=Arguments)


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What a tool found out.

    Attributes:
        document: The result.
        left_out: The parts that the document does not show, in words.
        secrets: The private keys that it met, as base64 without line ends.
    """

    document: Versioned
    left_out: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    """
    One tool.

    Attributes:
        id: Kebab-case; the file is named after it, and clients see it with underscores.
        title: For people.
        description: For the model that chooses it: its result, and its limits. It is never computed.
        arguments: The type of its arguments.
        document: The type of its result.
        connects: Whether it connects to hosts.
        run: Finds the result. It writes nothing.
    """

    id: str
    title: str
    description: str
    arguments: type[A]
    document: type[Versioned]
    connects: bool
    run: Callable[[Scope, A], Outcome]

    @property
    def name(self) -> str:
        """The name in the protocol."""
        return self.id.replace("-", "_")

    def call(self, scope: Scope, arguments: dict[str, Any]) -> Outcome:
        """
        Convert *arguments*, and run the tool.

        Raises:
            msgspec.ValidationError: If they do not suit.
            PinsmithError: If the tool cannot do what is asked.
        """
        return self.run(scope, msgspec.convert(arguments, self.arguments))
