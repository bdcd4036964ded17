"""The base of every error of pinsmith."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

E = TypeVar("E", bound="PinsmithError")


class PinsmithError(Exception):
    """
    The base class of all errors of pinsmith.

    Attributes:
        code: Kebab-case, stable, an anchor in the errors page.
        exit_code: The exit code of the command line after this error.
        hint: What to do, as a command or a sentence. None if there is no precise advice.
        details: The lines that follow the first line of the message.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = ExitCode.BROKE

    def __init__(self, message: str, *, hint: str | None = None, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.hint = hint
        self.details = tuple(details)

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__.copy())


@contextmanager
def about(place: object, kind: type[PinsmithError]) -> Iterator[None]:
    """Begin each error of *kind* with *place*, such as the name of the file that is read in the block."""
    try:
        yield
    except kind as error:
        error.args = (f"{place}: {error}",)
        raise


def place_text(file: str, line: int | None, column: int | None) -> str:
    """Write a place in a file as ``file:line:column``, as far as it is known."""
    if not line:
        return file
    return f"{file}:{line}:{column}" if column else f"{file}:{line}"


def _restore(cls: type[E], args: tuple[Any, ...], state: dict[str, Any]) -> E:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error
