"""Types like ``Literal["a", "b"]`` that exist at run time only for who asks: importing `typing` costs half of `ssl`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def on_first_use(module: str, **words: tuple[str, ...]) -> Callable[[str], object]:
    """
    Make the ``__getattr__`` of *module*, for readers of annotations such as msgspec.

    Args:
        module: Its ``__name__``.

        words: By the name of the type, what it allows.
    """

    def __getattr__(name: str) -> object:  # noqa: N807
        if name not in words:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        from typing import Literal

        return Literal[words[name]]

    return __getattr__
