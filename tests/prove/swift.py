"""
Swift: code for Apple's platforms, compiled by Swift's own compiler against stand-ins for Apple's frameworks, and asked.

The stand-ins in ``programs/swift`` declare what the code uses, and let a test say what the system makes of a chain.
What is the code's own (the search for the host's entry, the walk through a certificate, the comparison, the answer to
the challenge) runs as it is. What Apple's frameworks really do is not proven by it.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.lab.scenario import ALL_KEYS
from pinsmith.lab.stage import Stage
from pinsmith.tls._chain import verified_ders
from tests.extended.android.presented import dial, scenarios
from tests.prove.odd import odd_variants
from tests.prove.subject import PROGRAMS, run
from tests.prove.variant import PKIS, Variant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pinsmith.lab.scenario import Scene

FOLDER: Final = PROGRAMS / "swift"
ROOT: Final = Path("/opt/pinsmith-swift")
_FORMATTER: Final = "/usr/libexec/swift/bin/swift-format"
_TOOL: Final = Path(__file__).parents[2] / "tools" / "swift"
_MODULES: Final = ("CryptoKit", "Networking", "Security", "Alamofire", "TrustKit")
_OBJECTIVE_C: Final = re.compile(r"^  @objc\(URLSession:.*\)\n", re.MULTILINE)
_TABLES: Final = {
    "urlsession-swift": (
        "delegates",
        "any URLSessionDelegate",
        "{name}(onMismatch: {{ tell($0.host, $0.isEnforced) }})",
    ),
    "alamofire-swift": ("managers", "ServerTrustManager", "{name}(onMismatch: {{ tell($0.host, $0.isEnforced) }})"),
    "trustkit-swift": ("configurations", "any URLSessionDelegate", "started({name}.start, {name}())"),
}
TARGETS: Final = tuple(_TABLES)
_STARTED: Final = """\
func started(_ start: () -> Void, _ delegate: any URLSessionDelegate) -> any URLSessionDelegate {
  start()
  return delegate
}

nonisolated(unsafe) var told: [String] = []

func tell(_ host: String, _ isEnforced: Bool) {
  told.append("\\(host) \\(isEnforced ? "enforced" : "let pass")")
}
"""


@dataclass(frozen=True, slots=True)
class Question:
    """
    One handshake of the lab.

    Attributes:
        scenario: Its id, and the kind of key.
        variant: The pin file.
        host: What the client asks for.
        chain: The verified chain, DER, leaf first; what was presented, if it is not trusted.
        is_trusted: What the system says of chain and name.
        accepts: What a correct pinner does.
    """

    scenario: str
    variant: Variant
    host: str
    chain: tuple[bytes, ...]
    is_trusted: bool
    accepts: bool

    def line(self, client: str, method: str = "NSURLAuthenticationMethodServerTrust") -> str:
        """Write it for ``Ask.swift``."""
        chain = ",".join(base64.b64encode(each).decode() for each in self.chain)
        trusted = "trusted" if self.is_trusted else "not trusted"
        return f"{client}\t{self.variant.name}\t{self.host}\t{method}\t{trusted}\t{chain}"


def questions() -> Iterator[Question]:
    """Set every stage that one handshake decides, with every kind of key, and look at the chain."""
    for kind in ALL_KEYS:
        pki = PKIS.of(kind)
        for scenario in scenarios():
            with Stage(pki) as stage:
                scene = scenario.set(stage)
                for act in scene.acts:
                    variant = Variant.of_text(act.pinning.pin_file())
                    chain, is_trusted = _chain(scene, pki.trusted_pem)
                    name = f"{scenario.id}, {kind}"
                    yield Question(name, variant, scene.host, chain, is_trusted, act.expected == "accept")


def _chain(scene: Scene, trusted_pem: str) -> tuple[tuple[bytes, ...], bool]:
    context = ssl.create_default_context(cadata=trusted_pem)
    try:
        with dial(scene) as plain, context.wrap_socket(plain, server_hostname=scene.host) as tls:
            return tuple(verified_ders(tls) or ()), True
    except ssl.SSLCertVerificationError:
        return (), False


def require() -> None:
    """Skip a test without Swift."""
    if not (ROOT / "installed").exists():
        pytest.skip("Swift is not installed: run tools/swift as root")
    if os.geteuid() != 0:
        pytest.skip("Swift runs in a folder of its own here, which needs root")


def swift(folder: Path, *arguments: str) -> str:
    """Run a program of that folder, ``swiftc`` or what it made."""
    return run([_TOOL, "--", folder, *arguments], folder)


def build(folder: Path, variants: Mapping[str, Iterable[Variant]], *, sabotage: tuple[str, str] | None = None) -> None:
    """
    Compile the variants of each target into one program, as Swift 6, without a warning.

    Args:
        folder: Empty.

        variants: By target.

        sabotage: What is replaced in what is generated, and by what.
    """
    for each in _MODULES:
        shutil.copy(FOLDER / f"{each}.swift", folder)
        library = ("-emit-module", "-emit-library", "-static", "-module-name", each, "-o", f"lib{each}.a")
        swift(folder, "swiftc", "-swift-version", "6", "-I", ".", *library, f"{each}.swift")
    (folder / "main").mkdir()
    shutil.copy(FOLDER / "Ask.swift", folder / "main" / "main.swift")
    files = [_write(folder / "main", variant, target, sabotage) for target in variants for variant in variants[target]]
    (folder / "main" / "Tables.swift").write_text(_tables(variants))
    linked = [f"-l{each}" for each in _MODULES]
    strict = ("-swift-version", "6", "-warnings-as-errors", "-I", ".", "-L", ".")
    names = ["main/main.swift", "main/Tables.swift", *(f"main/{each.name}" for each in files)]
    swift(folder, "swiftc", *strict, "-o", "ask", *names, *linked)


def typecheck(folder: Path, target: str, options: Mapping[str, str]) -> None:
    """Let swift-format, and the compiler as Swift 5, check all odd variants; needs what `build` left in *folder*."""
    # A host may be longer than a line, and cannot be broken.
    (folder / "format.json").write_text('{"version": 1, "lineLength": 300}')
    for variant in odd_variants(target):
        file = _write(folder, variant, target, None, options)
        swift(folder, _FORMATTER, "lint", "--strict", "--configuration", "format.json", file.name)
        strict = ("-swift-version", "5", "-warnings-as-errors", "-parse-as-library", "-typecheck")
        swift(folder, "swiftc", *strict, "-I", ".", file.name)


def typecheck_text(folder: Path, *texts: str) -> None:
    """Let the compiler check some files together; needs what `build` left in *folder*."""
    names = [f"together{number}.swift" for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        (folder / name).write_text(_OBJECTIVE_C.sub("", text), "utf-8")
    strict = ("-swift-version", "5", "-warnings-as-errors", "-parse-as-library", "-typecheck")
    swift(folder, "swiftc", *strict, "-I", ".", *names)


def ask(folder: Path, lines: Sequence[str]) -> list[str]:
    """Ask what was built."""
    (folder / "lines").write_text("".join(f"{line}\n" for line in lines))
    answers = swift(folder, "sh", "-c", "./ask < lines").splitlines()
    assert len(answers) == len(lines)
    return answers


def _write(
    folder: Path,
    variant: Variant,
    target: str,
    sabotage: tuple[str, str] | None,
    options: Mapping[str, str] | None = None,
) -> Path:
    text = variant.export(target, {"class": _name(target, variant)} | dict(options or {})).text
    if sabotage is not None and sabotage[0] in text:
        text = text.replace(*sabotage)
    path = folder / f"{_name(target, variant)}.swift"
    # There is no Objective-C here.
    path.write_text(_OBJECTIVE_C.sub("", text), "utf-8")
    return path


def _name(target: str, variant: Variant) -> str:
    return f"{target.partition('-')[0].title()}_{variant.name}"


def _tables(variants: Mapping[str, Iterable[Variant]]) -> str:
    lines = ["import Alamofire", "import Networking", "", _STARTED]
    for target, (table, kind, made) in _TABLES.items():
        lines.append(f"let {table}: [String: @Sendable () -> {kind}] = [")
        names = [(each.name, made.format(name=_name(target, each))) for each in variants.get(target, ())]
        lines += [f'  "{name}": {{ {call} }},' for name, call in names]
        lines += ["]" if variants.get(target) else ":]", ""]
    return "\n".join(lines)
