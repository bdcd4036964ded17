"""Where a user's own data are kept: standby keys, and what the service remembers."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def user_data() -> Path:
    """
    Name the directory for pinsmith's data of this user; nothing is created.

    Source:
        XDG Base Directory Specification 0.8; on macOS and Windows the directories their vendors name for such data.
    """
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        base = Path(local) if local else Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        data = os.environ.get("XDG_DATA_HOME", "")
        # The specification: a relative path is invalid and must be ignored.
        base = Path(data) if os.path.isabs(data) else Path.home() / ".local" / "share"  # noqa: PTH117 - a string
    return base / "pinsmith"
