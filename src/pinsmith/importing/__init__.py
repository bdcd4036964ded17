"""What a platform's file pins: as a policy, in another platform's file, or in a pin file that exists already."""

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
