"""The pages, made on the server: they need no script, and a text of any origin in them is escaped."""

from __future__ import annotations
