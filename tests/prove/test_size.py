"""Thousands of hosts still compile on the JVM, where a method is limited to 64 kB of code, which their pins exceed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, ROOT
from tests.prove import jvm

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

PINS: Final = (LEAF, BACKUP, INTERMEDIATE, ROOT)
HOSTS: Final = tuple(
    HostPins(f"h{number}.example.com", PINS, "enforce" if number % 4 else "report-only") for number in range(2000)
)
EXEMPT: Final = (
    HostPins("example.org", PINS, include_subdomains=True),
    *(HostPins(f"h{number}.example.org", (), "off", include_subdomains=True) for number in range(1000)),
)
LIBRARIES: Final = {"jsse-java": None, "ktor-cio": "ktor-cio", "okhttp-java": "okhttp5", "okhttp-kotlin": "okhttp5"}


@pytest.mark.parametrize("target", LIBRARIES)
def test_a_pin_file_of_thousands_of_hosts_compiles(target: str, tmp_path: Path) -> None:
    """The code of a pin file with 2,000 pinned and 1,000 exempt hosts compiles, and the formatter accepts it."""
    for tool in jvm.TOOLS:
        tool.find()
    name = LIBRARIES[target]
    of = jvm.libraries(name) if name else jvm.NOTHING
    is_java = target.endswith("-java")
    written = tmp_path / ("Pins.java" if is_java else "Pins.kt")
    written.write_text(export(Policy((*HOSTS, *EXEMPT)), find(target)).text, "utf-8")
    check, compile_ = (jvm.check_java, jvm.compile_java) if is_java else (jvm.check_kotlin, jvm.compile_kotlin)
    check([written])
    compile_([written], of, tmp_path / "pins.jar")
