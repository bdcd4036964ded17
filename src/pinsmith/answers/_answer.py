"""The types of answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from pinsmith.pin import Pin


class Answer(Enum):
    """Whether a host is pinned. The best one comes first."""

    YES = "yes"
    UNPROVEN = "code present, unproven"
    UNKNOWN = "cannot tell"
    NO = "no"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Mechanism:
    """
    Something that pins a host, or seems to do so.

    Attributes:
        title: Its name, such as ``OkHttp``.
        place: A file and perhaps a line, as text.
        answer: What it alone answers.
        reason: Why that is not "yes", a clause; empty for "yes".
        pins: Distinct, in the order of the file; empty if they are not known.
        expires: The day from which they are no longer enforced; None if there is none.
        include_subdomains: Whether it covers subdomains.
    """

    title: str
    place: str
    answer: Answer
    reason: str = ""
    pins: tuple[Pin, ...] = ()
    expires: date | None = None
    include_subdomains: bool = False


@dataclass(frozen=True, slots=True)
class HostAnswer:
    """
    Whether a host is pinned.

    Attributes:
        host: Canonical.
        mechanisms: What pins it, the best first; none for a host that is only mentioned.
        mentioned: The first file with a URL of the host; None if none has.
        is_own: Whether it belongs to a domain of the app's owner, as far as can be known.
    """

    host: str
    mechanisms: tuple[Mechanism, ...] = ()
    mentioned: str | None = None
    is_own: bool = True

    @property
    def answer(self) -> Answer:
        """The best answer of any mechanism; without one, no."""
        return ranked(self.mechanisms)[0].answer if self.mechanisms else Answer.NO


def ranked(mechanisms: tuple[Mechanism, ...]) -> tuple[Mechanism, ...]:
    """Return *mechanisms*, the best first."""
    order = list(Answer)
    return tuple(sorted(mechanisms, key=lambda mechanism: order.index(mechanism.answer)))


def together(*groups: Iterable[HostAnswer]) -> tuple[HostAnswer, ...]:
    """Return one answer for each host that *groups* answer for, in the order of their names; the best one counts."""
    found: dict[str, HostAnswer] = {}
    for answer in chain(*groups):
        other = found.get(answer.host, HostAnswer(answer.host, is_own=False))
        found[answer.host] = HostAnswer(
            answer.host,
            ranked((*other.mechanisms, *answer.mechanisms)),
            other.mentioned or answer.mentioned,
            is_own=other.is_own or answer.is_own,
        )
    return tuple(found[host] for host in sorted(found))
