"""Output that reaches the terminal."""

from __future__ import annotations

import json

import msgspec
import pytest

from pinsmith._clean import clean, clean_json
from pinsmith.cli import _output
from pinsmith.cli._output import Mark
from pinsmith.documents.document import encode_line
from tests.cli import support

HOSTILE = {
    "clears the screen": "CN=\x1b[2J\x1b[Hexample",
    "sets the title": "CN=\x1b]0;owned\x07",
    "a C1 introducer": "CN=\x9b31mred",
    "a second line": "CN=a\npinsmith: everything is trusted",
    "carriage return": "CN=evil\rCN=good",
    "right to left": "CN=\u202egro.elpmaxe",
    "Unicode line end": "CN=a\u2028b",
    "invisible": "CN=exa\u200bmple",
    "tag characters": "CN=\U000e0041",
    "half a surrogate": "CN=\ud800",
    "delete": "CN=\x7f",
}


class Document(msgspec.Struct):
    subject: str


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_control_character_reaches_the_terminal(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text from a certificate is escaped and on one line, in results, messages and colour."""
    out, err = support.Terminal(is_terminal=True), support.Terminal(is_terminal=True)
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setenv("NO_COLOR", "1")
    _output.result(text, Mark(text, "bad"), [text, Mark(text, "good")])
    _output.warning(text)
    _output.note(text.replace("\n", ""))
    _output.error("some-code", text, details=[text], hint=text)
    assert out.text.count("\n") == 3
    assert err.text.count("\n") == 5
    assert all(character.isprintable() or character == "\n" for character in out.text + err.text)


@pytest.mark.parametrize("text", [text for text in HOSTILE.values() if text.isprintable() or "\ud800" not in text])
def test_json_keeps_its_value_without_control_characters(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The document keeps the value, and contains no control characters."""
    out = support.Terminal(is_terminal=True)
    monkeypatch.setattr("sys.stdout", out)
    _output.document(encode_line(Document(text)))
    assert json.loads(out.text) == {"subject": text}
    assert out.text[:-1].isprintable()


def test_the_fast_ways_print_what_the_slow_one_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every character is shown as in a text that also contains a hostile one, in lines and in JSON."""
    for code in (*range(0x300), 0x2028, 0xFEFF):
        text = f"a{chr(code)}"
        assert clean(text) == clean(f"{text}\u200b").removesuffix(r"\u200b")
        assert clean_json(text) == clean_json(f"{text}\u200b").removesuffix(r"\u200b")
        out = support.Terminal(is_terminal=True)
        monkeypatch.setattr("sys.stdout", out)
        _output.document(f'"{text}"\n'.encode())
        assert out.text.split("\n") == [*map(clean_json, f'"{text}"'.split("\n")), ""]


@pytest.mark.parametrize(
    ("is_terminal", "variables", "coloured"),
    [
        pytest.param(True, {}, True, id="a terminal"),
        pytest.param(False, {}, False, id="a pipe"),
        pytest.param(True, {"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param(True, {"NO_COLOR": ""}, True, id="empty NO_COLOR"),
        pytest.param(True, {"TERM": "dumb"}, False, id="a dumb terminal"),
    ],
)
def test_colour_only_where_it_is_wanted(
    *, is_terminal: bool, variables: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colour is only used on terminals, and never if the user forbids it."""
    out = support.Terminal(is_terminal=is_terminal)
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    _output.result(Mark("trusted", "good"))
    assert ("\x1b[" in out.text) is coloured


def test_a_terminal_that_knows_only_ascii_still_shows_a_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are drawn with characters of the encoding, and other characters become escapes."""
    out = support.Terminal(is_terminal=False, encoding="ascii")
    monkeypatch.setattr("sys.stdout", out)
    _output.result("└─ ü")
    assert out.text == "`- \\xfc\n"


def test_a_bar_is_drawn_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is shown only on a terminal, and only on standard error."""
    for is_terminal in (True, False):
        out, err = support.Terminal(is_terminal=False), support.Terminal(is_terminal=is_terminal)
        monkeypatch.setattr("sys.stdout", out)
        monkeypatch.setattr("sys.stderr", err)
        with _output.progress(2, "fetching") as tick:
            tick()
            _output.result("one")
        assert bool(err.text) is is_terminal
        assert out.text == "one\n"


def test_messages_stand_above_the_bar_on_lines_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning is printed above the bar, which is then drawn again."""
    out, err = support.Terminal(is_terminal=False), support.Terminal(is_terminal=True)
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    with _output.progress(2, "fetching") as tick:
        tick()
        _output.warning("x" * 300)
        tick()
    assert f"\x1b[2Kpinsmith: warning: {'x' * 300}\n" in err.text
    _output.warning("later")
    assert err.text.endswith("pinsmith: warning: later\n")
