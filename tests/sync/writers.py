"""The formats that `sync` writes, and those of them that `make test` takes."""

from __future__ import annotations

from pinsmith.formats import FORMATS
from pinsmith.formats.code import CODE

WRITERS = [target for target in FORMATS if target.write is not None]
# Targets with equal abilities share all code of sync, so one target for each set of abilities is enough.
_ALIKE = {target.can: target.id for target in reversed(CODE)}
KEPT = [target for target in WRITERS if target not in CODE or target.id in _ALIKE.values()]
