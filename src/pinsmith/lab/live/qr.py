"""
QR codes of links, for cameras.

Made by `segno <https://segno.readthedocs.io>`_, which the extra ``lab`` brings.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUIET_ZONE: Final = 2  # ISO/IEC 18004 requires four modules, but cameras accept two, and terminals are small
_HALF_BLOCKS: Final = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def is_available() -> bool:
    """Say whether the library is installed."""
    try:
        import segno  # noqa: F401
    except ImportError:
        return False
    return True


def half_blocks(text: str) -> tuple[str, ...]:
    """
    Draw *text* in lines of half blocks, with two modules in a character.

    The light modules are drawn, because most terminals are dark. Cameras also read inverse codes.
    """
    import segno

    code = segno.make_qr(text, error="l")
    rows = [[not dark for dark in row] for row in code.matrix_iter(border=_QUIET_ZONE)]
    rows += [[False] * len(rows[0])] * (len(rows) % 2)
    return tuple(_line(*pair) for pair in zip(rows[::2], rows[1::2], strict=True))


@functools.lru_cache(maxsize=256)  # a page often draws the same codes
def svg(text: str) -> str:
    """Draw *text* as an SVG element for an HTML page, which sets its size."""
    import segno

    drawn: str = segno.make_qr(text, error="l").svg_inline(border=_QUIET_ZONE, omitsize=True, light="#fff")
    return drawn


def _line(upper: Sequence[bool], lower: Sequence[bool]) -> str:
    return "".join(_HALF_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
