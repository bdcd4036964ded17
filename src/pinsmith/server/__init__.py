"""The web server of the service: a page, an API and metrics over what the service knows. A thin shell."""

from __future__ import annotations

from pinsmith.server.passwords import password_line
from pinsmith.server.run import serve

__all__ = ["password_line", "serve"]
