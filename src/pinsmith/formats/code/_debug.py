"""The option that leaves debug builds unpinned, for targets whose compiler knows what a release is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportError
from pinsmith.formats._format import UNPINNED_DEBUG_BUILDS, OutputOption
from pinsmith.formats.code._limit import Limit

if TYPE_CHECKING:
    from pinsmith.formats._format import Export
    from pinsmith.formats.code._language import Language

BUILD_CONFIG: Final = OutputOption(
    UNPINNED_DEBUG_BUILDS,
    "the `BuildConfig` of the app, such as `com.example.app.BuildConfig`; builds whose `DEBUG` is on are not pinned",
)
LIMIT: Final = Limit(
    f"Not pinned: debug builds ({UNPINNED_DEBUG_BUILDS}). Release builds are pinned.",
    lambda export: bool(export.options[UNPINNED_DEBUG_BUILDS]),
    page=f"Not pinned: debug builds, if the output sets `{UNPINNED_DEBUG_BUILDS}`.",
)


def switch(condition: str) -> OutputOption:
    """Return the option for a language in which *condition* recognises debug builds."""
    return OutputOption(
        UNPINNED_DEBUG_BUILDS, f"whether nothing is pinned in debug builds (`{condition}`)", bool, default=False
    )


def require_build_config(export: Export, language: Language) -> None:
    """
    Require that a class is the BuildConfig of an app, because Gradle makes its ``DEBUG`` false in releases.

    Raises:
        ExportError: if the option names something else.
    """
    value = export.options[UNPINNED_DEBUG_BUILDS]
    if isinstance(value, str) and value and not re.fullmatch(rf"{language.path}\.BuildConfig", value):
        raise ExportError(
            f"the option {UNPINNED_DEBUG_BUILDS!r} is {value!r}, but must be the BuildConfig of the app",
            hint="write its full name, such as 'com.example.app.BuildConfig'",
        )
