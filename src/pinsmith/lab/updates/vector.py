"""`Vector`: the states of a web host that publishes signed policies, and what a client must make of each."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.updates.story import Story
    from pinsmith.updates.refusal import RefusalCode

Layer = Literal["tuf", "policy"]
Code = Literal["invalid-update", "stale-update", "update-refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    The result of one refresh.

    Attributes:
        version: The version of the signed policy that is in force afterwards; None for the policy that the client was
            built with.
        code: The code of the error of pinsmith's own client; None if the refresh succeeds.
        reasons: Why pinsmith's rules refuse a policy that is signed as it should be.
    """

    version: int | None
    code: Code | None = None
    reasons: tuple[RefusalCode, ...] = ()


@dataclass(frozen=True, slots=True)
class Vector:
    """
    One test vector.

    Attributes:
        id: The name of its file, and of its folder.
        title: The deed of the operator or the attacker, as a noun phrase.
        play: Publishes the states.
        outcomes: For each state, what a client that has seen the states before it must make of it.
        layer: ``tuf`` if each client of The Update Framework must do so; ``policy`` if only clients with pinsmith's
            rules do, because all is signed as it should be.
    """

    id: str
    title: str
    play: Callable[[Story], None]
    outcomes: tuple[Outcome, ...]
    layer: Layer = "tuf"

    @property
    def is_accepted(self) -> bool:
        """Whether the last state is accepted."""
        return self.outcomes[-1].code is None

    @property
    def description(self) -> str:
        """The published description: the docstring of its file."""
        return inspect.getdoc(sys.modules[self.play.__module__]) or ""


def accepted(version: int | None) -> Outcome:
    """Return the outcome of a refresh that succeeds."""
    return Outcome(version)


def invalid(version: int | None) -> Outcome:
    """Return the outcome if signatures are missing, or files are damaged."""
    return Outcome(version, "invalid-update")


def stale(version: int | None) -> Outcome:
    """Return the outcome if an old state is shown."""
    return Outcome(version, "stale-update")


def refused(version: int | None, *reasons: RefusalCode) -> Outcome:
    """Return the outcome if a policy breaks pinsmith's own rules."""
    return Outcome(version, "update-refused", reasons)
