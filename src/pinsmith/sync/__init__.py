"""Every ``[[output]]`` of a pin file, compared with what it should hold, and written: all or none."""

from __future__ import annotations

from pinsmith.sync.compare import apply, compare, load_lock, require_consent
from pinsmith.sync.output import MAX_BYTES, Change, certificate_of

__all__ = ["MAX_BYTES", "Change", "apply", "certificate_of", "compare", "load_lock", "require_consent"]
