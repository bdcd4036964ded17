"""Texts that are not pin files, from noise to files with one small fault."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.pinfile.sample import TEXT

toml_scraps = st.sampled_from(
    [
        *"[]{}=.,#\"'\\\n\r\t \0\ufeff-_:+T0aé\u202e",
        *('"""', "'''", "[[", "]]", "\r\n", "\\u", "0x", "1e9", "nan", "inf", "true", "2027-01-01", "00:00"),
        *("version = 1\n", "[keys.a]\n", "[[host]]\n", "[host]\n", "[defaults]\n", "[[output]]\n", "[a.b]\n"),
        *("name", "pin", "keys", "mode", "port", "expires", "role", "format", "path", "keys.a.pin"),
        *("= 1\n", '= "x"\n', "= []\n", "= {}\n", "= {a=1}\n", "= [1, 'a']\n", "9" * 5000, "[" * 2000, "a." * 300),
    ]
)
documents = st.lists(toml_scraps, max_size=30).map("".join)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Damage the sample: cut out a few pieces, double them or replace them with scraps."""
    text = TEXT
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 40, len(text))))
        text = text[:start] + draw(st.sampled_from(["", text[start:end] * 2]) | toml_scraps | st.text()) + text[end:]
    return text


any_text = st.text() | documents | documents.map("version = 1\n".__add__) | damaged()
