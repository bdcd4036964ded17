"""Prove PHP: every variant is a class in a namespace of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from tests.prove.npm import NODE, NPM, installed
from tests.prove.subject import PROGRAMS, REQUIRE_PINS, Built, Subject, Tool, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.prove.variant import Variant

PHP: Final = Tool("PHP", "php", "php-cli", r"(?<=PHP )\d[\d.]+")
_STRICT: Final = ("-d", "error_reporting=-1", "-d", "display_errors=1", "-d", "log_errors=0")
_COMPILE: Final = "foreach (array_slice($argv, 1) as $file) { require $file; }"
_STYLE: Final = ("--php-version=8.0", "--single-quote", "--print-width=120")
_CURL: Final = "echo curl_version()['version'], ', ', curl_version()['ssl_version'];"


def _build(folder: Path, variants: Sequence[Variant]) -> Built:
    php = PHP.find()
    shutil.copy(PROGRAMS / "php" / "client.php", folder)
    written = [variant.write(folder, "{name}.php", "php-curl", {"namespace": variant.name}) for variant in variants]
    _require_format(written)
    complaints = run([php, *_STRICT, "-r", _COMPILE, "--", *written], folder)
    assert not complaints, complaints
    curl = run([php, "-r", _CURL], folder)
    return Built(
        (php, f"{folder}/client.php", "{variant}", "{url}", "{cafile}", "{proxy}"),
        {"PHP": PHP.version, "libcurl": curl},
    )


def _require_format(files: Sequence[Path]) -> None:
    packages = installed("php")
    plugin = packages / "@prettier" / "plugin-php" / "src" / "index.mjs"
    prettier = packages / "prettier" / "bin" / "prettier.cjs"
    run([NODE.find(), prettier, f"--plugin={plugin}", *_STYLE, "--check", *files], PROGRAMS)


SUBJECTS: Final = (
    Subject(
        "php-curl",
        "php-curl",
        "PHP's curl with the generated class",
        _build,
        ("$this->run(self::pinsOf($entry) + $options)", "$this->run($options)"),
        (PHP, NODE, NPM),
        frozenset({"policy", "url", "cafile", "proxy"}),
        "leaf",
        early=REQUIRE_PINS,
    ),
)
