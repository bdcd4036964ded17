"""The tools, one file each. A new tool is one file, one line here, and its row in ``tests/mcp``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pinsmith.mcp.tools import (
    check_policy,
    explain,
    export_preview,
    inspect_host,
    lint_path,
    list_hosts,
    list_releases,
    rotation_status,
    show_pin,
)

if TYPE_CHECKING:
    from pinsmith.mcp.tool import Tool

TOOLS: Final[tuple[Tool[Any], ...]] = (
    check_policy.TOOL,
    explain.TOOL,
    export_preview.TOOL,
    inspect_host.TOOL,
    lint_path.TOOL,
    list_hosts.TOOL,
    list_releases.TOOL,
    rotation_status.TOOL,
    show_pin.TOOL,
)
