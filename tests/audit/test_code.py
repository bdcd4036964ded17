"""The values of expressions in code: folded where the file gives them, and unknown where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.audit._code import Code
from pinsmith.audit._value import Known, Unknown
from pinsmith.audit.languages.java import JAVA
from pinsmith.audit.languages.kotlin import KOTLIN

if TYPE_CHECKING:
    from pinsmith.audit.languages import Language

KOTLIN_FILE = """
const val HOST = "api.example.com"
private val base: String = "AAA"
class Config(val given: String) {
    val joined = "sha256/" + base
    val list = listOf(joined, "sha256/$base", "sha256/${base}=")
    val escaped = "a\\u0041\\n\\$b"
    val raw = \"\"\"  x  \"\"\".trim()
    var changed = "one"
    val circle = circle + "x"
    fun shadow(HOST: String) { use(HOST) }
    fun local() { val base = "BBB"; use(base) }
    fun loop() { for (pin in list) use(pin) }
    fun change() { changed = "two" }
    fun values() {
        use(HOST); use(Config.joined); use(list); use(escaped); use(raw); use(changed); use(circle)
        use(BuildConfig.PIN); use(given); use(base); use(arrayOf(HOST, "b")); use(base - HOST); use(read("x"))
    }
}
"""
JAVA_FILE = """
class Config {
    static final String HOST = "api.example.com", BASE = "AAA";
    static final String[] LIST = {"sha256/" + BASE, "b\\\\t"};
    void local(String given) { String BASE = "BBB"; use(BASE); use(given); }
    void loop() { for (String pin : LIST) use(pin); }
    void values() {
        use(HOST); use(Config.HOST); use(LIST); use(Arrays.asList(HOST, BASE)); use(new String[] {BASE});
        use(BuildConfig.PIN); use(BASE.trim()); use(("x")); use(String.format("%s", BASE)); use(BASE - HOST);
    }
}
"""
UNKNOWN = None


def _used(text: str, language: Language) -> dict[str, list[str | None]]:
    """Fold the argument of each call of `use`, by its text and line."""
    code = Code(text, "file", language)
    return {
        f"{argument.text()}": [value.text if isinstance(value, Known) else UNKNOWN for value in code.values(argument)]
        for match in code.find("use($$$ARGUMENTS)")
        for argument in code.arguments(match, "ARGUMENTS")
    }


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("Config.joined", ["sha256/AAA"]),
        ("list", ["sha256/AAA", "sha256/AAA", "sha256/AAA="]),
        ("escaped", ["aA\n$b"]),
        ("raw", ["x"]),
        ("pin", ["sha256/AAA", "sha256/AAA", "sha256/AAA="]),
        ('arrayOf(HOST, "b")', ["api.example.com", "b"]),
        ("changed", [UNKNOWN]),
        ("circle", [UNKNOWN]),
        ("BuildConfig.PIN", [UNKNOWN]),
        ("given", [UNKNOWN]),
        ("base - HOST", [UNKNOWN]),
        ('read("x")', [UNKNOWN]),
    ],
)
def test_kotlin_is_folded(expression: str, values: list[str | None]) -> None:
    """Constants, templates, sums, lists and loops have their texts; what the file does not give has none."""
    assert _used(KOTLIN_FILE, KOTLIN)[expression] == values


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("Config.HOST", ["api.example.com"]),
        ("LIST", ["sha256/AAA", "b\\t"]),
        ("pin", ["sha256/AAA", "b\\t"]),
        ("Arrays.asList(HOST, BASE)", ["api.example.com", "AAA"]),
        ("new String[] {BASE}", ["AAA"]),
        ("BASE.trim()", ["AAA"]),
        ('("x")', ["x"]),
        ("given", [UNKNOWN]),
        ("BuildConfig.PIN", [UNKNOWN]),
        ('String.format("%s", BASE)', [UNKNOWN]),
        ("BASE - HOST", [UNKNOWN]),
    ],
)
def test_java_is_folded(expression: str, values: list[str | None]) -> None:
    """Fields, arrays, sums and loops have their texts; what the file does not give has none."""
    assert _used(JAVA_FILE, JAVA)[expression] == values


def test_a_parameter_hides_the_constant_of_its_name() -> None:
    """Inside the function the parameter counts, whose value is not known, and elsewhere the constant."""
    found = _uses(KOTLIN_FILE, KOTLIN)
    assert [value for name, value in found if name == "HOST"] == [UNKNOWN, "api.example.com"]


def test_a_local_value_hides_the_outer_one() -> None:
    """The innermost declaration counts."""
    assert [value for name, value in _uses(KOTLIN_FILE, KOTLIN) if name == "base"] == ["BBB", "AAA"]
    assert [value for name, value in _uses(JAVA_FILE, JAVA) if name == "BASE"] == ["BBB"]


def _uses(text: str, language: Language) -> list[tuple[str, str | None]]:
    """Fold the arguments of the calls of `use`, in the order of the file."""
    code = Code(text, "file", language)
    return [
        (argument.text(), value.text if isinstance(value, Known) else UNKNOWN)
        for match in code.find("use($$$ARGUMENTS)")
        for argument in code.arguments(match, "ARGUMENTS")
        for value in code.values(argument)
    ]


def test_an_unknown_value_says_where_it_comes_from() -> None:
    """The expression and its place are kept, on one line and not longer than a message allows."""
    code = Code('fun f() { use(read(\n    "' + "x" * 100 + '")) }', "file", KOTLIN)
    (match,) = code.find("use($$$ARGUMENTS)")
    (value,) = code.values(code.arguments(match, "ARGUMENTS")[0])
    assert isinstance(value, Unknown)
    assert (value.at.line, value.at.column) == (1, 15)
    assert value.source.startswith('read( "xxx')
    assert len(value.source) < 80


def test_hostile_code_ends() -> None:
    """Names that stand for each other, deep sums and lists that grow by multiplication end without a value."""
    growing = "".join(f"val a{n + 1} = listOf(a{n}, a{n})\n" for n in range(40))
    text = f'val a0 = "x"\n{growing}val b = c\nval c = b\nfun f() {{ use(a40); use(b) }}'
    assert {value for _, value in _uses(text, KOTLIN)} == {UNKNOWN}


@pytest.mark.parametrize(
    ("expression", "body"),
    [
        ("x", "if (any instanceof String x) use(x);"),
        ("x", "if (any instanceof Pair(String x)) use(x);"),
        ("x", "try (Text x = read()) { use(x); }"),
        ("x", "switch (any) { case String x -> use(x); }"),
        ("list", 'List<String> list = Arrays.asList("a"); list.replaceAll(change); use(list);'),
        ('Hosts.of("a")', 'use(Hosts.of("a"));'),
    ],
)
def test_java_that_binds_or_changes_a_name_is_not_guessed(expression: str, body: str) -> None:
    """A pattern hides the constant of its name, and lists that change and functions of strangers have no value."""
    assert _used(f'class A {{ String x = "a"; void h() {{ {body} }} }}', JAVA)[expression] == [UNKNOWN]


def test_lists_of_java_are_folded() -> None:
    """`List.of` has the values of its arguments, also with a type."""
    found = _used('class A { void h() { use(List.of("a")); use(java.util.Set.<String>of("b")); } }', JAVA)
    assert [*found.values()] == [["a"], ["b"]]
