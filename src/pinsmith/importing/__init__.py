"""Make a policy of a platform's file, convert it into another platform's, or merge it into an existing pin file."""

from __future__ import annotations

from pinsmith.importing.convert import Converted, convert
from pinsmith.importing.merge import Choice, Difference, Merged, differences, merge
from pinsmith.importing.read import Imported, PlatformFile, import_policy, read

__all__ = [
    "Choice",
    "Converted",
    "Difference",
    "Imported",
    "Merged",
    "PlatformFile",
    "convert",
    "differences",
    "import_policy",
    "merge",
    "read",
]
