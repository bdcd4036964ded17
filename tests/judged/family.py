"""List every judged client, in the order of the page; after adding one, run ``python -m tests.judged``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.judged.commands import COMMANDS
from tests.judged.python import PYTHON
from tests.judged.toolchains import TOOLCHAINS

if TYPE_CHECKING:
    from tests.judged.subject import Subject

SUBJECTS: Final[tuple[Subject, ...]] = (*COMMANDS, *PYTHON, *TOOLCHAINS)
