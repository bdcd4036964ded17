"""In every language, a literal that pinsmith writes evaluates to the original text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.formats.code import _language as languages
from tests.formats.code.test_literal import HOSTILE
from tests.prove import jvm
from tests.prove.go import GO
from tests.prove.subject import Tool, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.formats.code._language import Language

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

NODE: Final = Tool("Node", "node", "nodejs", "")
PHP: Final = Tool("PHP", "php", "php-cli", "")
RUBY: Final = Tool("Ruby", "ruby", "ruby", "")
RUSTC: Final = Tool("Rust", "rustc", "rustc", "")
CPP: Final = Tool("g++", "g++", "g++", "")
SHELL: Final = Tool("sh", "sh", "dash", "")


def _go(folder: Path, texts: list[str]) -> str:
    lines = "\n".join(f'\tfmt.Printf("%x\\n", {text})' for text in texts)
    (folder / "main.go").write_text(f'package main\n\nimport "fmt"\n\nfunc main() {{\n{lines}\n}}\n')
    return run([GO.find(), "run", "main.go"], folder)


def _node(folder: Path, texts: list[str]) -> str:
    lines = "\n".join(f'console.log(Buffer.from({text}, "utf8").toString("hex"));' for text in texts)
    (folder / "main.mjs").write_text(lines)
    return run([NODE.find(), "main.mjs"], folder)


def _php(folder: Path, texts: list[str]) -> str:
    lines = "\n".join(f"echo bin2hex({text}), PHP_EOL;" for text in texts)
    (folder / "main.php").write_text(f"<?php\n{lines}\n")
    return run([PHP.find(), "-n", "main.php"], folder)


def _ruby(folder: Path, texts: list[str]) -> str:
    lines = "\n".join(f"puts {text}.unpack1('H*')" for text in texts)
    (folder / "main.rb").write_text(lines)
    return run([RUBY.find(), "main.rb"], folder)


def _java(folder: Path, texts: list[str]) -> str:
    lines = "\n".join(f"say({text});" for text in texts)
    (folder / "Main.java").write_text(
        "import java.nio.charset.StandardCharsets;\nimport java.util.HexFormat;\n"
        "class Main {\n  static void say(String text) {\n"
        "    System.out.println(HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8)));\n  }\n"
        f"  public static void main(String[] arguments) {{\n{lines}\n  }}\n}}\n"
    )
    return run([jvm.JAVA.find(), "Main.java"], folder)


def _kotlin(folder: Path, texts: list[str]) -> str:
    lines = "\n".join(f"    say({text})" for text in texts)
    source = folder / "Main.kt"
    source.write_text(
        "fun say(text: String) {\n"
        '    println(text.toByteArray(Charsets.UTF_8).joinToString("") { "%02x".format(it) })\n}\n'
        f"fun main() {{\n{lines}\n}}\n"
    )
    of = jvm.libraries("kotlinc")
    jar = jvm.compile_kotlin([source], of, folder / "main.jar")
    return run([jvm.JAVA.find(), "-cp", f"{jar}:{of.path}", "MainKt"], folder)


def _rust(folder: Path, texts: list[str]) -> str:
    lines = "\n".join(
        f'    println!("{{}}", {text}.bytes().map(|b| format!("{{b:02x}}")).collect::<String>());' for text in texts
    )
    (folder / "main.rs").write_text(f"fn main() {{\n{lines}\n}}\n")
    run([RUSTC.find(), "main.rs"], folder)
    return run([folder / "main"], folder)


def _cpp(folder: Path, texts: list[str]) -> str:
    lines = "\n".join(f"  say(std::string({text}, sizeof({text}) - 1));" for text in texts)
    (folder / "main.cpp").write_text(
        "#include <cstdio>\n#include <string>\n"
        'void say(const std::string &text) {\n  for (unsigned char c : text) std::printf("%02x", c);\n'
        f'  std::puts("");\n}}\nint main() {{\n{lines}\n}}\n'
    )
    run([CPP.find(), "-trigraphs", "-o", "main", "main.cpp"], folder)
    return run([folder / "main"], folder)


def _shell(folder: Path, texts: list[str]) -> str:
    lines = "\n".join(f"printf '%s' {text} | od -An -v -tx1 | tr -d ' \\n'; echo" for text in texts)
    (folder / "main.sh").write_text(lines)
    return run([SHELL.find(), "main.sh"], folder)


PROGRAMS: Final[dict[str, Callable[[Path, list[str]], str]]] = {
    "cpp": _cpp,
    "go": _go,
    "java": _java,
    "javascript": _node,
    "kotlin": _kotlin,
    "php": _php,
    "ruby": _ruby,
    "rust": _rust,
    "shell": _shell,
}


@pytest.mark.parametrize(
    "language",
    [language for language in languages.LANGUAGES if language.id in PROGRAMS],
    ids=lambda language: language.id,
)
def test_a_literal_evaluates_to_its_text(language: Language, tmp_path: Path) -> None:
    """The compiled or interpreted program prints the original text as bytes of UTF-8."""
    texts = [text for text in HOSTILE if language is not languages.SHELL or all(" " <= char <= "~" for char in text)]
    printed = PROGRAMS[language.id](tmp_path, [language.literal(text) for text in texts])
    assert [bytes.fromhex(line).decode() for line in printed.splitlines()] == texts
