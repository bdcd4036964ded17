"""The trust store of an app's oldest platform."""

from __future__ import annotations

import re
from typing import Final

from pinsmith.release import ANDROID_VERSIONS, FIRST_API_LEVEL

_FAMILIES: Final = {"ios": "ios", "java": "java", "jvm": "java"}


def store_of(platform: str, version: str | int) -> str | None:
    """
    Return the id of the trust store that a version of a platform has, for `pinsmith.paths.find_store`.

    Args:
        platform: ``android``, ``ios`` or ``java``.

        version: For Android the API level, as in ``minSdk``; otherwise the version, such as ``16.5``.

    Returns:
        None if the platform or the API level is not known, or *version* is not one.
    """
    text = str(version)
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4}){0,3}", text, re.ASCII):
        return None
    if platform == "android":
        level = int(text) - FIRST_API_LEVEL if text.isdecimal() else -1
        return f"android-{ANDROID_VERSIONS[level]}" if 0 <= level < len(ANDROID_VERSIONS) else None
    family = _FAMILIES.get(platform)
    if family is None:
        return None
    # Java 8 calls itself 1.8.
    return f"{family}-{text.removeprefix('1.') if family == 'java' else text}"
