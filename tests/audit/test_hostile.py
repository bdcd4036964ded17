"""Code that was written to keep a reader busy."""

from __future__ import annotations

from typing import Final

import pytest

from pinsmith import audit
from pinsmith.errors import FormatError
from tests.formats.policy import pin

DEPTH: Final = 1_500
PIN: Final = pin("a").base64
GO: Final = f'package a\nvar c = tls.Config{{VerifyConnection: f}}\nconst lone = "{PIN}"\n'
PY: Final = f'sock.getpeercert()\nLONE = "{PIN}"\nPINS = '


def _nested(begin: str, inner: str, end: str) -> str:
    return f"{begin}\n" * DEPTH + inner + f"\n{end}" * DEPTH


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.swift", "let c = [kTSKPinnedDomains: " + _nested('["a":', "[:]", "]") + "]"),
        ("b.swift", 'let c = [kTSKPinnedDomains: ["a.example.com": ' + _nested("(", "x", ")") + "]]"),
        ("c.ts", "initializeSslPinning(" + _nested("{a:", "1", "}") + ")"),
        ("d.js", "initializeSslPinning({a: {publicKeyHashes: " + _nested("[", "1", "]") + "}})"),
        ("e.js", 'initializeSslPinning({a: {publicKeyHashes: ["a"' + '\n+ "a"' * DEPTH + "]}})"),
        ("f.ts", "initializeSslPinning(" + "a ? {} :\n" * DEPTH + "{})"),
        ("g.ts", "initializeSslPinning({a: {publicKeyHashes: [" + _nested("`${", "x", "}`") + "]}})"),
        ("h.ts", "initializeSslPinning({a: {publicKeyHashes: [a" + "\n.b" * DEPTH + "]}})"),
        ("i.ts", "const a = b; const b = a;\ninitializeSslPinning(a); initializeSslPinning({[b]: a, ...a})"),
        ("j.ts", "const a = {x: a.x, y: b.x}; const b = {x: a.y};\ninitializeSslPinning({a: a.x, b: b.x})"),
        (
            "k.ts",
            "".join(f"const a{n} = {{b: a{n - 1}, c: [a{n - 1}, a{n - 1}]}};\n" for n in range(1, DEPTH))
            + f"initializeSslPinning({{a: {{publicKeyHashes: [a{DEPTH - 1}, a{DEPTH - 1}.c]}}}})",
        ),
        ("l.php", "<?php curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, 'a'" + "\n. 'a'" * DEPTH + " . $b);"),
        (
            "t.php",
            "<?php $a0 = 'aa';\n"
            + "".join(f"$a{n} = $a{n - 1} . $a{n - 1};\n" for n in range(1, 36))
            + "curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, $a35);",
        ),
        (
            "u.php",
            "<?php $a0 = 'aa';\n"
            + "".join(f'$a{n} = "$a{n - 1}$a{n - 1}";\n' for n in range(1, 36))
            + "curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, $a35);",
        ),
        ("m.php", "<?php const A = B . B; const B = A . A;\ncurl_setopt(A, CURLOPT_PINNEDPUBLICKEY, B);"),
        ("n.php", "<?php $a = [CURLOPT_PINNEDPUBLICKEY => " + _nested("[", "$a", "]") + "];"),
        (
            "o.php",
            "<?php $a0 = ['a'];\n"
            + "".join(f"$a{n} = [...$a{n - 1}, ...$a{n - 1}];\n" for n in range(1, 60))
            + "curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, implode(';', $a59));",
        ),
        ("p.cpp", "void f() { curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, " + _nested("(", "x", ")") + "); }"),
        (
            "q.cpp",
            "#define A0 x\n"
            + "".join(f"#define A{n} A{n - 1} A{n - 1}\n" for n in range(1, 60))
            + "void f() { curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, A59); }",
        ),
        (
            "r.cpp",
            '#define B0 "aa"\n'
            + "".join(f"#define B{n} B{n - 1} B{n - 1}\n" for n in range(1, 36))
            + "void f() { curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, B35); }",
        ),
        (
            "s.cs",
            f'class A {{ object ServerCertificateValidationCallback = new[] {{ "{PIN}", '
            + _nested("new[] {", "a", "}")
            + "}; }",
        ),
        (
            "p.rs",
            '// rustls\nfn f() { m.insert("a.test", ' + _nested("vec![", f'"{PIN}"', "]") + "); } // peer_certificate",
        ),
        ("q.rb", "# verify_callback\nh = {'a.test' => " + _nested("[", f"'{PIN}'", "]") + "}"),
        ("r.m", 'id c = @{ kTSKPinnedDomains : @{ @"a.test" : ' + _nested("@[", f'@"{PIN}"', "]") + " } };"),
        ("s.m", 'id a = b; id b = a; id c = @{ kTSKPinnedDomains : @{ @"a.test" : a } };'),
        ("l.sh", "curl --pinnedpubkey " + _nested('"$(echo', "x", ')"')),
        ("m.sh", "curl --pinnedpubkey " + _nested("${a:-", "x", "}")),
        ("n.sh", 'a="$b"; b="$a"\ncurl --pinnedpubkey "$a" "https://$b/"'),
        (
            "o.sh",
            "a0=x\n"
            + "".join(f'a{n + 1}="$a{n}$a{n}"\n' for n in range(40))
            + 'curl --pinnedpubkey "$a39" https://a.test/',
        ),
        ("l.go", GO + 'var m = map[string]any{"a.example.com": ' + _nested("{", "x", ",}") + "}"),
        ("m.go", GO + "".join(f"var a{n}, a{n + 1} = a{n + 1}, a{n}\n" for n in range(DEPTH)) + "var m = T{a0: a1}"),
        (
            "n.go",
            GO
            + "".join(f"var a{n} = []string{{a{n - 1}, a{n - 1}}}\n" for n in range(1, 400))
            + "var m = T{a399: a399}",
        ),
        ("o.py", 'from pinsmith import x\nHostPins("a.example.com", ' + _nested("(", "x", ",)") + ")"),
        ("p.py", PY + '{"a.example.com": ["a"' + '\n+ "a"' * DEPTH + "]}"),
        ("q.py", PY + '{"a.example.com": ["a"]' + '\n+ ["a"]' * DEPTH + "}"),
        ("r.py", PY + "1\n" + "".join(f"class A{n}:\n  b = A{n + 1}.b\n" for n in range(DEPTH)) + "P = {A0.b: A1.b}"),
        ("s.py", PY + _nested("[", "x", "for x in y]")),
    ],
)
def test_hostile_code_pins_nothing(name: str, text: str) -> None:
    """Deep nesting, long sums, and names that stand for each other give notes and no pins."""
    _, reading = audit.read(text.encode(), name)
    assert reading.hosts == ()
    assert len(reading.notes) < 100
    assert all(len(note.message) < 400 for note in reading.notes)


def test_many_hosts_are_read() -> None:
    """A map of a thousand hosts is read whole."""
    entries = "".join(f"  'h{number}.example.com': ['{PIN}'],\n" for number in range(1_000))
    text = f"const pins = {{\n{entries}}};\ntls.connect({{checkServerIdentity}});\n"
    _, reading = audit.read(text.encode(), "pins.mjs")
    assert len(reading.hosts) == 1_000


def test_minified_code_is_not_read() -> None:
    """A line that no person wrote is refused, and not passed over, because a long comment would hide all pins."""
    text = "initializeSslPinning({" + "'a.example.com': {}, " * 1_000 + "})"
    with pytest.raises(FormatError, match="a line is longer than 10000 characters"):
        audit.read(text.encode(), "bundle.js")


def test_a_long_chain_of_calls_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The neighbours of a node are looked for only where the parser found an error: each look begins at the root."""
    looked: list[object] = []
    monkeypatch.setattr("pinsmith.audit._code.is_broken", looked.append)
    calls = "".join(f'\n.add("h{number}.example.com", "{pin("a")}")' for number in range(DEPTH))
    _, reading = audit.read(f"val p = CertificatePinner.Builder(){calls}.build()".encode(), "a.kt")
    assert len(reading.hosts) == DEPTH
    assert looked == []


def test_macros_do_not_nest() -> None:
    """A macro that seems to define another one, a thousand times, does not exhaust the stack."""
    text = "id c = @{kTSKPinnedDomains: x};\n" + "#define a \\\n" * DEPTH + "\n"
    assert audit.parse(text, "a.m") is not None
