"""What the service remembers: in an embedded SQLite database, which needs no set-up, or on PostgreSQL."""

from __future__ import annotations

from pinsmith.store.store import Delivery, ServiceState, Span, Store

__all__ = ["Delivery", "ServiceState", "Span", "Store"]
