"""Prove Ruby: every variant is a module of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from tests.prove.subject import PROGRAMS, Built, Subject, Tool, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.prove.variant import Variant

RUBY: Final = Tool("Ruby", "ruby", "ruby", r"(?<=ruby )\d[\d.]+")
RUBOCOP: Final = Tool("RuboCop", "rubocop", "rubocop", r"\d[\d.]+")
_COMPILE: Final = "ARGV.each { |file| RubyVM::InstructionSequence.compile_file(file) }"


def _build(folder: Path, variants: Sequence[Variant]) -> Built:
    ruby = RUBY.find()
    programs = PROGRAMS / "ruby"
    shutil.copy(programs / "client.rb", folder)
    written = [
        variant.write(folder, "{name}.rb", "ruby-net-http", {"module": variant.name.capitalize()})
        for variant in variants
    ]
    run([RUBOCOP.find(), "--config", programs / "rubocop.yml", "--cache", "false", *written], folder)
    complaints = run([ruby, "-w", "-e", _COMPILE, *written], folder)
    assert not complaints, complaints
    return Built(
        (ruby, "--disable=gems", f"{folder}/client.rb", "{variant}", "{url}", "{cafile}", "{proxy}"),
        {"Ruby": RUBY.version},
    )


SUBJECTS: Final = (
    Subject(
        "ruby-net-http",
        "ruby-net-http",
        "Net::HTTP, pinned by the generated module",
        _build,
        ("return true if (presented & entry[:pins]).any?", "return true if presented.any?"),
        (RUBY, RUBOCOP),
        frozenset({"policy", "url", "cafile", "proxy"}),
    ),
)
