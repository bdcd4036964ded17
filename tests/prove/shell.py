"""Prove the shell: every variant is a file that the program sources."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from tests.prove.subject import PROGRAMS, REQUIRE_PINS, Built, Subject, Tool, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.prove.variant import Variant

DASH: Final = Tool("dash", "dash", "dash", "", ("-c", ":"))
BASH: Final = Tool("bash", "bash", "bash", r"(?<=version )\d[\d.]+")
CURL: Final = Tool("curl", "curl", "curl", r"(?<=curl )\d[\d.]+")
SHELLCHECK: Final = Tool("ShellCheck", "shellcheck", "shellcheck", r"(?<=version: )\d[\d.]+")
SHFMT: Final = Tool("shfmt", "shfmt", "shfmt", r"\d[\d.]+")


def _in(shell: Tool) -> Callable[[Path, Sequence[Variant]], Built]:
    def build(folder: Path, variants: Sequence[Variant]) -> Built:
        shutil.copy(PROGRAMS / "shell" / "client.sh", folder)
        written = [variant.write(folder, "{name}.sh", "curl-shell") for variant in variants]
        run([SHELLCHECK.find(), "--norc", "client.sh", *written], folder)
        unformatted = run([SHFMT.find(), "-l", "-ln", "posix", "client.sh", *written], folder)
        assert not unformatted, f"shfmt would change {unformatted}"
        for file in written:
            run([shell.find(), "-n", file], folder)
        versions = {tool.name: tool.version for tool in (shell, CURL) if tool.kept}
        return Built((shell.find(), f"{folder}/client.sh", "{variant}", "{url}", "{cafile}", "{proxy}"), versions)

    return build


def _subject(suffix: str, shell: Tool) -> Subject:
    return Subject(
        f"curl-shell{suffix}",
        "curl-shell",
        f"curl, called by the generated function in {shell.name}",
        _in(shell),
        ('--pinnedpubkey "${pins#;}"', "--compressed"),
        (shell, CURL, SHELLCHECK, SHFMT),
        frozenset({"policy", "url", "cafile", "proxy"}),
        "leaf",
        early=REQUIRE_PINS,
    )


SUBJECTS: Final = (_subject("", DASH), _subject("-bash", BASH))
