"""In every language, texts from outside stay inside their quotes or their comment."""

from __future__ import annotations

import ast
import re
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from pinsmith.errors import ExportError
from pinsmith.formats.code import _literal
from pinsmith.formats.code._language import LANGUAGES, PYTHON, SHELL

if TYPE_CHECKING:
    from pinsmith.formats.code._language import Language

HOSTILE = (
    '"; panic("x',
    "'; rm -rf / #",
    "*/ import evil; /*",
    "line\nend\r\n",
    "tab\tnul\0bell\a",
    "\\",
    "\\\\\"'",
    "\\u000a\\u002a/",
    "*\\ import evil",
    "${jndi}$(id)`id`#{id}\\(id)%s{0}",
    "?><?php evil(); ?>",
    "??/trigraph",
    "\u202egpj.exe\u2066",
    "\u2028\u2029\x85",
    "пины, \U0001f512, e\u0301",
    "",
)
_NUMBER = r"\\u\{([0-9a-f]+)\}|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\([0-7]{3})"
_ESCAPE = re.compile(rf"{_NUMBER}|\\(.)|(.)", re.DOTALL)


def _evaluate(literal: str) -> str:
    """Read a literal by the rules that all these languages share, and refuse a quote or a line end inside."""
    quote, inside, end = literal[0], literal[1:-1], literal[-1]
    assert quote == end
    found: list[str] = []
    octets = bytearray()
    at = 0
    for match in _ESCAPE.finditer(inside):
        assert match.start() == at
        at = match.end()
        braced, fixed, long, octal, escaped, plain = match.groups()
        if octal:
            octets.append(int(octal, 8))
            continue
        found.append(octets.decode())
        octets.clear()
        assert plain != quote
        number = braced or fixed or long
        found.append(chr(int(number, 16)) if number else {"n": "\n", "r": "\r"}.get(escaped, escaped) or plain)
    assert at == len(inside)
    joined = "".join(found) + octets.decode()
    return joined.encode("utf-16", "surrogatepass").decode("utf-16")


@pytest.mark.parametrize(
    "language", [language for language in LANGUAGES if language is not SHELL], ids=lambda language: language.id
)
@given(text=st.sampled_from(HOSTILE) | st.text())
def test_a_literal_is_one_printable_word_that_evaluates_to_the_text(language: Language, text: str) -> None:
    """Nothing in a literal ends it early, is invisible, or is lost."""
    literal = language.literal(text)
    assert all(" " <= char <= "~" for char in literal)
    assert _evaluate(literal) == text


@given(text=st.sampled_from(HOSTILE) | st.text())
def test_python_reads_its_literal_as_the_text(text: str) -> None:
    """Python, the one language that this test can run, reads the same text."""
    assert ast.literal_eval(PYTHON.literal(text)) == text


@pytest.mark.parametrize(
    ("language", "text", "literal"),
    [
        ("kotlin", "a$b", '"a\\$b"'),
        ("dart", "a$b'", "'a\\$b\\''"),
        ("swift", "\\(x)", '"\\\\(x)"'),
        ("ruby", "#{x}", "'#{x}'"),
        ("ruby", "#{x}\n", '"\\#{x}\\u{a}"'),
        ("php", "$x", "'$x'"),
        ("php", "$x\n", '"\\$x\\u{a}"'),
        ("cpp", "??/é", '"\\?\\?/\\303\\251"'),
        ("java", "\U0001f512", '"\\ud83d\\udd12"'),
        ("shell", "it's", "'it'\\''s'"),
    ],
)
def test_interpolation_is_escaped(language: str, text: str, literal: str) -> None:
    """Every language has its own way to evaluate text between quotes."""
    assert next(one for one in LANGUAGES if one.id == language).literal(text) == literal


@pytest.mark.parametrize("text", ["a\nb", "a\0b", "\u202e", "é"])
def test_a_shell_refuses_text_that_it_cannot_quote(text: str) -> None:
    """POSIX cannot escape a line end, and a direction character would mislead the reader."""
    with pytest.raises(ExportError, match="shell"):
        SHELL.literal(text)


@given(text=st.sampled_from(HOSTILE) | st.text())
def test_a_remark_cannot_end_early(text: str) -> None:
    """A comment is one line, without a comment end of any language and without invisible characters."""
    remark = _literal.remark(text)
    assert not any(end in remark for end in ("*/", "/*", "?>", "<?", "{#", "#}", "\\", '"""', "'''"))
    assert not {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"} & {unicodedata.category(char) for char in remark}


def test_a_remark_keeps_harmless_text() -> None:
    """The path of a pin file stays readable."""
    assert _literal.remark("../приложение/pins.toml") == "../приложение/pins.toml"


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.id)
def test_an_invalid_name_is_refused(language: Language) -> None:
    """Names of packages and classes become code unchanged, so only letters, digits and underscores are allowed."""
    for name in ("a b", "a-b", "1a", "", "a;b", 'a"', "a\n", "é", "a" * 65, "../a", "a..b", ".a", "a.b;"):
        assert re.fullmatch(language.name, name) is None, name
        assert re.fullmatch(language.path, name) is None, name


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.id)
def test_a_reserved_word_is_refused_but_one_that_begins_with_it_is_not(language: Language) -> None:
    """`if` would not compile, but `ifs` does."""
    for word in language.reserved:
        assert re.fullmatch(language.name, word) is None
        assert re.fullmatch(language.path, f"com.{word}.net") is None
        assert re.fullmatch(language.name, f"{word}s") or f"{word}s" in language.reserved
    assert re.fullmatch(language.path, "com.example.net")
