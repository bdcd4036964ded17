"""Pins of OkHttp in Kotlin and Java, in the ways in which applications write them."""

from __future__ import annotations

from typing import Final

import pytest

from pinsmith import audit
from pinsmith.errors import UnknownFormatError
from pinsmith.formats import policy_of
from tests.audit.read import hosts
from tests.formats.policy import pin

A, B = pin("a"), pin("b")
KOTLIN: Final = f"""
import okhttp3.CertificatePinner

private const val HOST = "api.example.com"
private const val BASE = "{A.base64}"
private const val STANDBY = "{B}"
private val PINS = listOf("sha256/$BASE", STANDBY)

val written = CertificatePinner.Builder()
    .add(HOST, "sha256/" + BASE, STANDBY)
    .add("**.example.org", *PINS.toTypedArray())
    .add("*.example.net", "sha256/${{BASE}}", STANDBY)
    .build()

fun looped(): CertificatePinner {{
    val builder = CertificatePinner.Builder()
    for (pin in PINS) builder.add("looped.example.com", pin)
    builder.add(pattern = "named.example.com", pins = arrayOf(STANDBY))
    return builder.apply {{ add("applied.example.com", STANDBY) }}.build()
}}
"""
JAVA: Final = f"""
import okhttp3.CertificatePinner;

final class Pins {{
    private static final String HOST = "api.example.com";
    private static final String BASE = "{A.base64}";
    private static final String[] ALL = {{"sha256/" + BASE, "{B}"}};

    static final CertificatePinner WRITTEN = new CertificatePinner.Builder()
        .add(HOST, "sha256/" + BASE)
        .add(HOST, "{B}")
        .add("**.example.org", ALL)
        .build();

    static CertificatePinner looped() {{
        CertificatePinner.Builder builder = new CertificatePinner.Builder();
        for (String pin : ALL) builder.add("looped.example.com", pin);
        return builder.build();
    }}
}}
"""


def _hosts(text: str, name: str) -> dict[str, tuple[int, bool, int | None]]:
    """Read code: the number of pins, whether subdomains are pinned, and the line, by host."""
    _, reading = audit.read(text.encode(), name)
    return {found.host: (len(found.pins), found.include_subdomains, found.line) for found in reading.hosts}


def test_kotlin_is_read() -> None:
    """Constants, templates, spreads, loops, named arguments and scope functions give hosts, pins and lines."""
    assert _hosts(KOTLIN, "Pins.kt") == {
        "api.example.com": (2, False, 10),
        "example.org": (2, True, 11),
        "example.net": (2, True, 12),
        "looped.example.com": (2, False, 17),
        "named.example.com": (1, False, 18),
        "applied.example.com": (1, False, 19),
    }


def test_java_is_read() -> None:
    """Fields, arrays, loops and one call for each pin give hosts, pins and lines."""
    assert _hosts(JAVA, "Pins.java") == {
        "api.example.com": (2, False, 10),
        "example.org": (2, True, 12),
        "looped.example.com": (2, False, 17),
    }


def test_the_format_is_that_which_pinsmith_writes() -> None:
    """Code in Kotlin can be written again as okhttp-kotlin, and code in Java as okhttp-java."""
    assert audit.read(KOTLIN.encode(), "Pins.kt")[0].id == "okhttp-kotlin"
    assert audit.read(JAVA.encode(), "Pins.java")[0].id == "okhttp-java"


@pytest.mark.parametrize(
    ("imported", "format_id"),
    [
        ("retrofit2.Retrofit", "retrofit-kotlin"),
        ("io.ktor.client.engine.okhttp.OkHttp", "ktor"),
        ("io.ktor.client.engine.darwin.certificates.CertificatePinner", "ktor-darwin"),
    ],
)
def test_libraries_that_take_the_pins_of_okhttp_are_told_apart(imported: str, format_id: str) -> None:
    """Ktor and Retrofit take a `CertificatePinner`, also in the configuration of an engine."""
    text = f"""
import {imported}
val client = HttpClient(Engine) {{
    engine {{
        config {{ certificatePinner(CertificatePinner.Builder().add("api.example.com", "{A}", "{B}").build()) }}
    }}
}}
"""
    target, reading = audit.read(text.encode(), "Client.kt")
    assert (target.id, [(found.host, len(found.pins)) for found in reading.hosts]) == (
        format_id,
        [("api.example.com", 2)],
    )


@pytest.mark.parametrize(
    ("code", "pins", "rules"),
    [
        ('PINS.forEach { builder.add("api.example.com", it) }', 2, []),
        ('PINS.forEach { pin -> builder.add("api.example.com", pin) }', 2, []),
        ('read().forEach { builder.add("api.example.com", it) }', 0, ["value-elsewhere"]),
        ('run { builder.add("api.example.com", it) }', 0, ["value-elsewhere"]),
        ("MAP.forEach { (host, pins) -> builder.add(host, *pins) }", 0, ["value-elsewhere", "value-elsewhere"]),
        ('builder.add("api.example.com", CHOSEN)', 1, ["policy-differs"]),
        ('builder.add("api.example.com", Other.PINS)', 0, ["value-elsewhere"]),
        ('builder.add("api.example.com", *GROWN.toTypedArray())', 0, ["value-elsewhere"]),
    ],
)
def test_loops_and_companions_in_kotlin_are_folded(code: str, pins: int, rules: list[str]) -> None:
    """Functions that get each value of a list, and members of a companion, give pins; other values are notes."""
    text = f"""
class Client {{
    companion object {{
        private val PINS = listOf("{A}", "{B}")
        private val CHOSEN = if (BuildConfig.DEBUG) "" else "{A}"
        private val GROWN = mutableListOf("{A}")
    }}
    fun start() {{
        GROWN.add(read())
        val builder: CertificatePinner.Builder = CertificatePinner.Builder()
        {code}
    }}
}}
"""
    _, reading = audit.read(text.encode(), "Client.kt")
    assert (sum(len(found.pins) for found in reading.hosts), [note.rule for note in reading.notes]) == (pins, rules)


@pytest.mark.parametrize(
    ("code", "pins", "rules"),
    [
        ("MAP.forEach { (host, pins) -> builder.add(host, *pins.toTypedArray()) }", {"a.test": 2, "b.test": 1}, []),
        ("MAP.forEach { host, pins -> pins.forEach { builder.add(host, it) } }", {"a.test": 2, "b.test": 1}, []),
        ("for (entry in MAP) builder.add(entry.key, *entry.value)", {"a.test": 2, "b.test": 1}, []),
        ("builder.apply { MAP.forEach { (host, pins) -> add(host, *pins) } }", {"a.test": 2, "b.test": 1}, []),
        ("builder.add(BuildConfig.HOST, BuildConfig.PIN)", {}, ["value-elsewhere", "value-elsewhere"]),
        ("other(MAP)", {}, ["value-elsewhere"]),
        (
            'val debug = mapOf("b.test" to "PIN"); (MAP + debug).forEach { (h, p) -> builder.add(h, p) }',
            {"a.test": 2, "b.test": 2},
            ["duplicate-entry"],
        ),
    ],
)
def test_maps_that_a_loop_adds_are_read(code: str, pins: dict[str, int], rules: list[str]) -> None:
    """The entries of a map are pins if code adds hosts that a loop may give; two maps are not joined silently."""
    text = f"""
private val MAP = mapOf("a.test" to listOf("{A}", "{B}"), "b.test" to listOf("{A}"))
fun start() {{
    val builder = CertificatePinner.Builder()
    {code.replace("PIN", str(B)) if "debug" in code else code}
}}
"""
    _, reading = audit.read(text.encode(), "Client.kt")
    assert {found.host: len(found.pins) for found in reading.hosts} == pins
    assert [note.rule for note in reading.notes] == rules


def test_the_strategy_of_apache_httpclient_is_read() -> None:
    """Its builder looks like that of OkHttp, and is another format."""
    text = f"""
class Client {{
    static final String[] PINS = {{"{A}", "{B}"}};
    TlsStrategy strategy = SpkiPinningClientTlsStrategy.newBuilder(context)
        .add("api.example.com", PINS).add("*.example.org", "{A}").build();
}}
"""
    assert _hosts(text, "Client.java") == {"api.example.com": (2, False, 5), "example.org": (1, True, 5)}
    assert audit.read(text.encode(), "Client.java")[0].id == "apache-httpclient"


def test_a_pattern_that_a_policy_cannot_say_is_noted() -> None:
    """`*.` covers one label, and the note says how a policy differs."""
    _, reading = audit.read(KOTLIN.encode(), "Pins.kt")
    (note,) = reading.notes
    assert (note.rule, str(note.place)) == ("policy-differs", "Pins.kt:12")
    assert "one label below example.net" in note.message


@pytest.mark.parametrize(
    ("call", "rule", "source"),
    [
        ("CertificatePinner.Builder().add(HOST, BuildConfig.PIN)", "value-elsewhere", "BuildConfig.PIN"),
        (f'CertificatePinner.Builder().add(Config.host(), "{A}")', "value-elsewhere", "Config.host()"),
        ("CertificatePinner.Builder().add(HOST, *remote.pins())", "value-elsewhere", "remote.pins()"),
        (f'CertificatePinner.Builder().add(HOST, "sha1/{A.base64[:27]}=")', "invalid-pin", "SHA-1"),
        (f'CertificatePinner.Builder().add(HOST, "sha256/{"A" * 43}=")', "known-bad-pin", "repeated"),
        (f'CertificatePinner.Builder().add(HOST, "sha256/{A.base64[:-2]}")', "invalid-pin", "sha256/"),
        (f'CertificatePinner.Builder().add(HOST, "{A.base64}")', "pin-never-matches", "bare base64"),
        (f'CertificatePinner.Builder().add(HOST, "sha256/{A.hex}")', "invalid-pin", "sha256/"),
    ],
)
def test_what_cannot_be_used_is_noted(call: str, rule: str, source: str) -> None:
    """A value from elsewhere and a text that is not a pin are notes at the call, and nothing is guessed."""
    text = f'import okhttp3.CertificatePinner\nval HOST = "api.example.com"\nval pinner = {call}.build()\n'
    _, reading = audit.read(text.encode(), "Pins.kt")
    (note,) = reading.notes
    assert note.rule == rule
    assert source in note.message
    assert str(note.place).startswith("Pins.kt:3:")


@pytest.mark.parametrize(
    "text",
    [
        "fun f(list: MutableList<String>) { list.add(0, HOST) }",
        'import okhttp3.CertificatePinner\nfun f(set: MutableSet<String>) { set.add("sha", "b"); map.add("k", "v") }',
        "// CertificatePinner.Builder().add(HOST, PIN)",
        f'val s = """CertificatePinner.Builder().add("api.example.com", "{A}")"""',
        "",
    ],
    ids=["a list", "another add", "a comment", "a text", "nothing"],
)
def test_other_code_pins_nothing(text: str) -> None:
    """Another `add`, comments and texts are not pins."""
    with pytest.raises(UnknownFormatError):
        audit.read(text.encode(), "Other.kt")


def test_a_policy_is_made_of_code() -> None:
    """The reading becomes a policy, as that of any file of a platform."""
    _, reading = audit.read(JAVA.encode(), "Pins.java")
    policy, notes = policy_of(reading, file="Pins.java")
    assert [entry.host for entry in policy.hosts] == ["api.example.com", "example.org", "looped.example.com"]
    assert {note.rule for note in notes} == {"role-unknown"}


@pytest.mark.parametrize(
    ("body", "is_noted"),
    [
        (f'val b = CertificatePinner.Builder(); if (DEBUG) b.add(HOST, "{A}") else b.add(HOST, "{B}")', True),
        (f'CertificatePinner.Builder().add(HOST, "{A}"); CertificatePinner.Builder().add(HOST, "{B}")', True),
        (f'CertificatePinner.Builder().add(HOST, "{A}"); CertificatePinner.Builder().add(HOST, "{A}")', False),
        (f'CertificatePinner.Builder().add(HOST, "{A}").add(HOST, "{B}")', False),
        (f'val b = CertificatePinner.Builder(); b.add(HOST, "{A}"); b.add(HOST, "{B}")', False),
        (f'CertificatePinner.Builder().apply {{ add(HOST, "{A}"); add(HOST, "{B}") }}', False),
    ],
)
def test_pins_of_two_builds_are_not_joined_silently(body: str, *, is_noted: bool) -> None:
    """Pins of two branches or two builders are joined with a note, which may be two builds."""
    code = f'import okhttp3.CertificatePinner\nconst val HOST = "api.example.com"\nfun f() {{ {body} }}'
    _, reading = audit.read(code.encode(), "Pins.kt")
    assert [note.rule for note in reading.notes] == (["duplicate-entry"] if is_noted else [])


def test_branches_of_java_without_braces_are_told_apart() -> None:
    """Each branch of an `if` is another build."""
    added = f'if (DEBUG) b.add("api.example.com", "{A}"); else b.add("api.example.com", "{B}");'
    code = f"import okhttp3.CertificatePinner; class X {{ void f(CertificatePinner.Builder b) {{ {added} }} }}"
    _, reading = audit.read(code.encode(), "X.java")
    assert [note.rule for note in reading.notes] == ["duplicate-entry"]


def test_a_comment_in_a_chain_hides_nothing() -> None:
    """A comment between two calls does not keep the second one from being found."""
    text = f"""
    val pinner = CertificatePinner.Builder()
        .add("api.example.com", "{pin("one")}") // the first
        /* the
           backup */
        .add("api.example.com", "{pin("two")}")
        .build()
    """
    assert hosts(text, "Net.kt") == {"api.example.com": (2, False)}
