"""The formats that `sync` writes, and those of which `make test` takes all."""

from __future__ import annotations

from pinsmith.formats import FORMATS
from pinsmith.formats.code import CODE

WRITERS = [each for each in FORMATS if each.write is not None]
# Code of the same abilities goes through the same machinery, so one target for each set of abilities is enough.
_ALIKE = {each.can: each.id for each in reversed(CODE)}
KEPT = [each for each in WRITERS if each not in CODE or each.id in _ALIKE.values()]
