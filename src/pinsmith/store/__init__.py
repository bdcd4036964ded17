"""What the service remembers: an embedded SQLite database, which needs no set-up."""

from __future__ import annotations

from pinsmith.store.store import Delivery, ServiceState, Span, Store

__all__ = ["Delivery", "ServiceState", "Span", "Store"]
