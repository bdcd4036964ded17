"""Debug builds stay pinned unless an output asks otherwise, and release builds stay pinned whatever it asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ExportError
from pinsmith.formats import FORMATS, export
from pinsmith.formats._format import UNPINNED_DEBUG_BUILDS
from pinsmith.formats.code import CODE
from tests.formats.policy import PLAIN

if TYPE_CHECKING:
    from pinsmith.formats import Format
    from pinsmith.pinfile import Option

BUILD_CONFIG = "com.example.app.BuildConfig"
SWITCHED = [target for target in CODE if UNPINNED_DEBUG_BUILDS in {option.name for option in target.options}]
WITHOUT = [target for target in FORMATS if target.write is not None and target not in SWITCHED]
LIMIT = "Not pinned: debug builds (unpinned-debug-builds). Release builds are pinned."
CONDITIONS = {
    ".kt": f"if ({BUILD_CONFIG}.DEBUG) {{",
    ".java": f"if ({BUILD_CONFIG}.DEBUG) {{",
    ".swift": "#if DEBUG",
    ".dart": "if (kDebugMode) {",
    ".ts": "if (__DEV__) {",
}


def _asked(target: Format) -> Option:
    return BUILD_CONFIG if target.suffixes[0] in {".kt", ".java"} else True


@pytest.mark.parametrize("target", SWITCHED, ids=lambda target: target.id)
def test_only_an_output_that_asks_leaves_debug_builds_unpinned(target: Format) -> None:
    """The code has the condition of its compiler, and its header says so, only if the output has the option."""
    plain = export(PLAIN, target).text
    switched = export(PLAIN, target, options={UNPINNED_DEBUG_BUILDS: _asked(target)}).text
    condition = CONDITIONS[target.suffixes[0]]
    assert condition in switched
    assert condition not in plain
    assert LIMIT in re.sub(r"\n//\s+", " ", switched)
    assert "debug builds" not in plain
    assert set(plain.splitlines()) <= set(switched.splitlines()) | {
        line for line in plain.splitlines() if "guard" in line
    }


@pytest.mark.parametrize("target", WITHOUT, ids=lambda target: target.id)
def test_other_formats_refuse_the_option(target: Format) -> None:
    """Code that does not know what a release is would leave releases unpinned too."""
    with pytest.raises(ExportError, match="cannot leave debug builds unpinned") as caught:
        export(PLAIN, target, options={UNPINNED_DEBUG_BUILDS: True})
    assert "an [[output]] of its own" in str(caught.value.hint)


@pytest.mark.parametrize(
    "value", ["com.example.app.Flags", "BuildConfig", "com.example.BuildConfig.Other", "a b.BuildConfig"]
)
def test_only_a_build_config_decides(value: str) -> None:
    """Gradle makes DEBUG false in releases of a BuildConfig, and of no other class."""
    for target in SWITCHED:
        if _asked(target) == BUILD_CONFIG:
            with pytest.raises(ExportError, match="must be the BuildConfig of the app"):
                export(PLAIN, target, options={UNPINNED_DEBUG_BUILDS: value})
