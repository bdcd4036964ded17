"""
Every ``[[output]]`` of a pin file, compared with what it should hold, and written: all or none.

Each output is read, its certificates and keys are resolved, its files are rendered and compared, and then all are
written.
"""

from __future__ import annotations

from pinsmith.sync.change import Change
from pinsmith.sync.compare import compare, load_lock
from pinsmith.sync.material import certificate_of
from pinsmith.sync.read import MAX_BYTES
from pinsmith.sync.write import apply, require_consent

__all__ = ["MAX_BYTES", "Change", "apply", "certificate_of", "compare", "load_lock", "require_consent"]
