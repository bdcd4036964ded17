"""
The languages that code is read in, a file each.

A new language is one file, and one line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit.languages import (
    bash,
    cpp,
    csharp,
    dart,
    go,
    java,
    kotlin,
    objc,
    php,
    python,
    ruby,
    rust,
    swift,
    typescript,
)

if TYPE_CHECKING:
    from pinsmith.audit.languages._language import Language as Language

LANGUAGES: Final = (
    bash.BASH,
    cpp.CPP,
    csharp.CSHARP,
    dart.DART,
    go.GO,
    java.JAVA,
    kotlin.KOTLIN,
    objc.OBJC,
    php.PHP,
    python.PYTHON,
    ruby.RUBY,
    rust.RUST,
    swift.SWIFT,
    typescript.TSX,
    typescript.TYPESCRIPT,
)


def language_of(name: str) -> Language | None:
    """Return the language of a file by the end of its *name*."""
    return next((language for language in LANGUAGES if name.endswith(language.suffixes)), None)
