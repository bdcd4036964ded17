"""A client of release 1 of the package mcp, which speaks an older protocol, uses the tools of `pinsmith mcp`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.extended

PINS = """\
version = 1
[keys.api]
pin = "sha256/PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="
[[host]]
name = "api.example.com"
keys = ["api"]
"""
# Runs in an environment of its own, without pinsmith.
CLIENT = """
import importlib.metadata, json, os, sys, anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

async def main():
    env = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    server = StdioServerParameters(command=sys.argv[1], args=["-m", "pinsmith", "mcp"], env=env)
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        hello = await session.initialize()
        tools = await session.list_tools()
        listed = await session.call_tool("list_hosts", {})
        linted = await session.call_tool("lint_path", {"path": "."})
        refused = await session.call_tool("inspect_host", {"host": "shop.example.org"})
    print(json.dumps({
        "release": importlib.metadata.version("mcp"),
        "server": hello.serverInfo.name,
        "tools": [tool.name for tool in tools.tools],
        "hosts": [host["host"] for host in listed.structuredContent["result"]["hosts"]],
        "rules": [finding["rule"] for finding in linted.structuredContent["result"]["findings"]],
        "refused": refused.isError and refused.content[0].text,
    }))

anyio.run(main)
"""


def test_a_client_of_release_1_uses_the_tools(tmp_path: Path) -> None:
    """It lists the tools, gets results that suit their schemas, and reads a refusal as a sentence with a code."""
    python = Path(os.environ.get("MCP_1_PYTHON", ""))
    if not python.is_file():
        pytest.fail("MCP_1_PYTHON must name the Python of an environment with requirements/mcp-1.txt")
    (tmp_path / "pins.toml").write_text(PINS)
    done = subprocess.run(
        [python, "-c", CLIENT, sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["release"].startswith("1.")
    assert (seen["server"], len(seen["tools"]), seen["hosts"]) == ("pinsmith", 9, ["api.example.com"])
    assert seen["rules"] == ["missing-backup-pin"]
    assert seen["refused"].startswith("error[usage]: shop.example.org is not in pins.toml")
