"""Prove Python: every variant is a module beside the program that imports it."""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.formats.code.python_standalone import REQUESTS_ADAPTER
from tests.prove.subject import CACHE, PROGRAMS, Built, Subject, Tool, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.prove.variant import Variant

SUPPORTED: Final = ("3.14", "3.13", "3.12", "3.11")
PUBLIC_SINCE: Final = "3.13"
"""From this Python on, the verified chain is public; earlier ones have it only on a private object."""

_ALL: Final = frozenset({"policy", "url", "cafile", "proxy"})
_NO_PROXY: Final = _ALL - {"proxy"}
_CACHE: Final = CACHE / "mypy"


def checked(folder: Path, files: Sequence[Path]) -> dict[str, str]:
    """Check the generated files with ruff and mypy; return their versions."""
    python = (sys.executable, "-m")
    run([*python, "ruff", "format", "--isolated", "--check", *files], folder)
    run([*python, "ruff", "check", "--isolated", "--extend-select", "I,UP,B,SIM", *files], folder)
    run([*python, "mypy", "--strict", "--cache-dir", _CACHE, *files], folder)
    return {tool: version(tool) for tool in ("ruff", "mypy")}


@cache
def other_python() -> Tool:
    """Find a Python with the other interface to the verified chain than the running one."""
    here = _is_public(f"{sys.version_info[0]}.{sys.version_info[1]}")
    wanted = [release for release in SUPPORTED if _is_public(release) is not here]
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    found = [
        path for release in wanted for path in sorted(pyenv.glob(f"{release}.*/bin/python{release}"), reverse=True)
    ]
    names = [*map(str, found), *(f"python{release}" for release in wanted)]
    program = next((name for name in names if _runs(name)), names[-1])
    return Tool("another Python", program, f"python{wanted[-1]}", r"(?<=Python )\d[\d.]+")


def _is_public(python: str) -> bool:
    return int(python.partition(".")[2]) >= int(PUBLIC_SINCE.partition(".")[2])


def _runs(program: str) -> bool:
    import subprocess

    path = shutil.which(program)  # it may be a shim of pyenv, which cannot run a Python that is not installed
    return (
        path is not None and not subprocess.run([path, "-c", "import ssl"], capture_output=True, check=False).returncode
    )


def _build(
    folder: Path, variants: Sequence[Variant], *, target: str, client: str, library: str = "", other: bool = False
) -> Built:
    options = {"client": client} if target == "python" else {}
    files = [variant.write(folder, "{name}.py", target, options) for variant in variants]
    versions = checked(folder, files)
    program = "fetch.py" if target == "python" else "fetch_standalone.py"
    shutil.copy(PROGRAMS / "python" / program, folder)
    (folder / "adapter.py").write_text(f"import requests\n\nCONTEXT = None\n\n\n{REQUESTS_ADAPTER}", "utf-8")
    python = other_python().find() if other else sys.executable
    versions["Python"] = other_python().version if other else sys.version.split()[0]
    if library:
        versions[library] = version(library)
    command = (python, f"{folder}/{program}", client, "{variant}", "{url}", "{cafile}", "{proxy}")
    return Built(command, versions)


def _with_pinsmith(client: str, title: str, library: str = "", *, used: frozenset[str] = _ALL) -> Subject:
    build = partial(_build, target="python", client=client, library=library)
    sabotage = ("PinnedSSLContext(POLICY,", "PinnedSSLContext(Policy(),")
    return Subject(f"python-{client}", "python", title, build, sabotage, used=used)


def _alone(
    name: str,
    client: str,
    title: str,
    library: str = "",
    *,
    used: frozenset[str] = _ALL,
    other: bool = False,
) -> Subject:
    build = partial(_build, target="python-standalone", client=client, library=library, other=other)
    sabotage = ("if not pinned.pins.isdisjoint(presented):", "if host:")
    tools = (other_python(),) if other else ()
    return Subject(f"python-standalone-{name}", "python-standalone", title, build, sabotage, tools, used)


SUBJECTS: Final = (
    _with_pinsmith("ssl", "asyncio with the generated context", used=_NO_PROXY),
    _with_pinsmith("aiohttp", "aiohttp, the generated session", "aiohttp"),
    _with_pinsmith("http-client", "http.client, the generated connection"),
    _with_pinsmith("httpx", "httpx, the generated client", "httpx"),
    _with_pinsmith("httpx2", "httpx2, the generated client", "httpx2"),
    _with_pinsmith("niquests", "niquests, the generated session", "niquests"),
    _with_pinsmith("requests", "requests, the generated session", "requests"),
    _with_pinsmith("urllib", "urllib.request, the generated opener"),
    _with_pinsmith("urllib3", "urllib3, the generated pools", "urllib3"),
    _alone("aiohttp", "aiohttp", "aiohttp with the generated context", "aiohttp"),
    _alone("asyncio", "asyncio", "asyncio with the generated context", used=_NO_PROXY),
    _alone("httpx", "httpx", "httpx with the generated context", "httpx"),
    _alone("requests", "requests", "requests with the adapter of the documentation", "requests"),
    _alone("urllib", "urllib", "urllib.request with the generated context"),
    _alone(
        "other-asyncio", "asyncio", "asyncio, on a Python with the other chain interface", used=_NO_PROXY, other=True
    ),
    _alone("other-urllib", "urllib", "urllib.request, on a Python with the other chain interface", other=True),
)
