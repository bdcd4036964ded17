"""What a platform's file pins, brought into a pin file."""

from __future__ import annotations

from pinsmith.importing.merge import Choice, Difference, Merged, differences, merge

__all__ = ["Choice", "Difference", "Merged", "differences", "merge"]
