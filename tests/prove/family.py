"""Every client of generated code that is proven. A new one is a line here, and its module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.prove import go, php, ruby

if TYPE_CHECKING:
    from tests.prove.subject import Subject

SUBJECTS: Final[tuple[Subject, ...]] = (
    *go.SUBJECTS,
    *php.SUBJECTS,
    *ruby.SUBJECTS,
)
