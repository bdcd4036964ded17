"""The rules of a language that templates need: literals for texts, and names that users may choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.formats.code import _literal

if TYPE_CHECKING:
    from collections.abc import Callable

_WORD: Final = "[A-Za-z_][A-Za-z0-9_]{0,63}"


@dataclass(frozen=True, slots=True)
class Language:
    """
    A programming language.

    Attributes:
        id: Lower-case.
        literal: Writes any text as a literal that evaluates to it and cannot end early.
        reserved: Words that cannot be names.
        remark: The sign that begins a comment.
        width: The maximum length of a line in a comment.
        folds_case: Whether a reserved word is one in capitals too.
    """

    id: str
    literal: Callable[[str], str]
    reserved: frozenset[str]
    remark: str = "//"
    width: int = 96
    folds_case: bool = False

    @property
    def name(self) -> str:
        """A regular expression for one name of the user's choice, such as that of a class."""
        return self._not_reserved + _WORD

    @property
    def path(self) -> str:
        """A regular expression for names with dots in between, such as a package."""
        return rf"{self.name}(\.{self.name}){{0,15}}"

    @property
    def _not_reserved(self) -> str:
        words = "|".join(sorted(self.reserved))
        flag = "i" if self.folds_case else ""
        return rf"(?!(?{flag}:{words})(?![A-Za-z0-9_]))" if words else ""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Sources: the keyword lists of each language's reference.
_JAVA: Final = """
abstract assert boolean break byte case catch char class const continue default do double else enum extends false
final finally float for goto if implements import instanceof int interface long native new null package private
protected public return short static strictfp super switch synchronized this throw throws transient true try var void
volatile while _ record sealed permits yield
"""
_KOTLIN: Final = """
as break class continue do else false for fun if in interface is null object package return super this throw true try
typealias typeof val var when while _
"""
_SWIFT: Final = """
Any Self Type actor as associatedtype async await break case catch class continue default defer deinit do else enum
extension fallthrough false fileprivate for func guard if import in init inout internal is let nil open operator
precedencegroup private protocol public repeat rethrows return self static struct subscript super switch throw throws
true try typealias var where while _
"""
_DART: Final = """
abstract as assert async await base break case catch class const continue covariant default deferred do dynamic else
enum export extends extension external factory false final finally for get if implements import in interface is late
library mixin new null on operator part required rethrow return sealed set static super switch sync this throw true
try typedef var void when while with yield _
"""
_JAVASCRIPT: Final = """
abstract any arguments as async await boolean break case catch class const continue debugger declare default delete do
else enum eval export extends false finally for from function get if implements import in instanceof interface let
module namespace never new null number of package private protected public require return set static string super
switch symbol this throw true try type typeof undefined unknown var void while with yield _
"""
_PYTHON: Final = """
False None True and as assert async await break case class continue def del elif else except finally for from global
if import in is lambda match nonlocal not or pass raise return try type while with yield _
"""
_CSHARP: Final = """
abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else
enum event explicit extern false finally fixed float for foreach goto if implicit in int interface internal is lock
long namespace new null object operator out override params private protected public readonly record ref return sbyte
sealed short sizeof stackalloc static string struct switch this throw true try typeof uint ulong unchecked unsafe
ushort using virtual void volatile while _
"""
_GO: Final = """
break case chan const continue default defer else fallthrough for func go goto if import interface map package range
return select struct switch type var _ init main
"""
_RUST: Final = """
Self abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if
impl in let loop macro match mod move mut override priv pub ref return self static struct super trait true try type
typeof unsafe unsized use virtual where while yield _
"""
_PHP: Final = """
abstract and array as break callable case catch class clone const continue declare default die do echo else elseif
empty enddeclare endfor endforeach endif endswitch endwhile enum eval exit extends final finally fn for foreach
function global goto if implements include include_once instanceof insteadof interface isset list match namespace new
or parent print private protected public readonly require require_once return self static switch throw trait try unset
use var while xor yield bool false float int iterable mixed never null object string true void _
"""
_RUBY: Final = """
BEGIN END alias and begin break case class def defined do else elsif end ensure false for if in module next nil not or
redo rescue retry return self super then true undef unless until when while yield _
"""
_CPP: Final = """
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class compl
concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default delete do
double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable namespace
new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires return
short signed sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef
typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq _
emit foreach forever signals slots
"""  # the last line: macros of Qt
_SHELL: Final = """
case do done elif else esac fi for function if in select then time until while _
break continue eval exec exit export readonly return set shift times trap unset
"""  # the last line: special built-in utilities of POSIX, which cannot be names of functions

JAVA: Final = Language("java", _literal.java, _words(_JAVA))
KOTLIN: Final = Language("kotlin", _literal.kotlin, _words(_KOTLIN))
SWIFT: Final = Language("swift", _literal.swift, _words(_SWIFT))
DART: Final = Language("dart", _literal.dart, _words(_DART), width=76)
JAVASCRIPT: Final = Language("javascript", _literal.javascript, _words(_JAVASCRIPT), width=76)
PYTHON: Final = Language("python", _literal.python, _words(_PYTHON), remark="#", width=84)
CSHARP: Final = Language("csharp", _literal.csharp, _words(_CSHARP))
GO: Final = Language("go", _literal.go, _words(_GO))
RUST: Final = Language("rust", _literal.rust, _words(_RUST))
PHP: Final = Language("php", _literal.php, _words(_PHP), folds_case=True)
RUBY: Final = Language("ruby", _literal.ruby, _words(_RUBY), remark="#")
CPP: Final = Language("cpp", _literal.cpp, _words(_CPP), width=84)
SHELL: Final = Language("shell", _literal.shell, _words(_SHELL), remark="#", width=76)
LANGUAGES: Final = (JAVA, KOTLIN, SWIFT, DART, JAVASCRIPT, PYTHON, CSHARP, GO, RUST, PHP, RUBY, CPP, SHELL)
