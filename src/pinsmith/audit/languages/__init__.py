"""
The languages that code is read in, a file each.

A new language is one file, and one line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit.languages import bash, cpp, csharp, dart, java, kotlin, objc, php, ruby, rust, swift, typescript

if TYPE_CHECKING:
    from pinsmith.audit.languages._language import Language as Language

LANGUAGES: Final = (
    bash.BASH,
    cpp.CPP,
    csharp.CSHARP,
    dart.DART,
    java.JAVA,
    kotlin.KOTLIN,
    objc.OBJC,
    php.PHP,
    ruby.RUBY,
    rust.RUST,
    swift.SWIFT,
    typescript.TSX,
    typescript.TYPESCRIPT,
)


def language_of(name: str) -> Language | None:
    """Return the language of a file by the end of its *name*."""
    return next((language for language in LANGUAGES if name.endswith(language.suffixes)), None)
