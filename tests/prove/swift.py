"""
Compile Swift code for Apple's platforms against stand-ins for Apple's frameworks, run it, and ask it about chains.

The stand-ins in ``programs/swift`` declare what the code uses, and let a test choose how the system judges a chain. The
generated code runs unchanged: the search for the host's entry, the walk through a certificate, the comparison, and the
answer to the challenge. This does not prove how Apple's frameworks behave.
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
    from pinsmith.pinfile import Option

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
        "{name}(onMismatch: {{ report($0.host, $0.isEnforced) }})",
    ),
    "alamofire-swift": ("managers", "ServerTrustManager", "{name}(onMismatch: {{ report($0.host, $0.isEnforced) }})"),
    "trustkit-swift": ("configurations", "any URLSessionDelegate", "started({name}.start, {name}())"),
}
TARGETS: Final = tuple(_TABLES)
_STARTED: Final = """\
func started(_ start: () -> Void, _ delegate: any URLSessionDelegate) -> any URLSessionDelegate {
  start()
  return delegate
}

nonisolated(unsafe) var reports: [String] = []

func report(_ host: String, _ isEnforced: Bool) {
  reports.append("\\(host) \\(isEnforced ? "enforced" : "let pass")")
}
"""


@dataclass(frozen=True, slots=True)
class Question:
    """
    A handshake of the lab.

    Attributes:
        scenario: The id of the scenario, and the kind of key.
        variant: The pin file.
        host: The host that the client connects to.
        chain: The verified chain in DER, leaf first; if it is not trusted, the presented chain.
        is_trusted: Whether the system trusts the chain for the name.
        accepts: Whether a correct client accepts it.
    """

    scenario: str
    variant: Variant
    host: str
    chain: tuple[bytes, ...]
    is_trusted: bool
    accepts: bool

    def line(self, client: str, method: str = "NSURLAuthenticationMethodServerTrust") -> str:
        """Return the question as a line for ``Ask.swift``."""
        chain = ",".join(base64.b64encode(certificate).decode() for certificate in self.chain)
        trusted = "trusted" if self.is_trusted else "not trusted"
        return f"{client}\t{self.variant.name}\t{self.host}\t{method}\t{trusted}\t{chain}"


def questions() -> Iterator[Question]:
    """Set up every scenario that one handshake decides, with every kind of key, and yield its chain."""
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
    """Skip the test if Swift is not installed."""
    if not (ROOT / "installed").exists():
        pytest.skip("Swift is not installed: run tools/swift as root")
    if os.geteuid() != 0:
        pytest.skip("Swift runs in a folder of its own here, which needs root")


def swift(folder: Path, *arguments: str) -> str:
    """Run ``swiftc``, or a program that it made in *folder*."""
    return run([_TOOL, "--", folder, *arguments], folder)


def build(
    folder: Path,
    variants: Mapping[str, Iterable[Variant]],
    *,
    sabotage: tuple[str, str] | None = None,
    options: Mapping[str, Option] | None = None,
    flags: tuple[str, ...] = (),
) -> None:
    """
    Compile the variants of each target into one program, as Swift 6; a warning is an error.

    Args:
        folder: An empty folder.

        variants: The variants, by target.

        sabotage: A piece of the generated code, and its replacement.

        options: Further options of the outputs.

        flags: Further flags of the compiler.
    """
    for module in _MODULES:
        shutil.copy(FOLDER / f"{module}.swift", folder)
        library = ("-emit-module", "-emit-library", "-static", "-module-name", module, "-o", f"lib{module}.a")
        swift(folder, "swiftc", "-swift-version", "6", "-I", ".", *library, f"{module}.swift")
    (folder / "main").mkdir()
    shutil.copy(FOLDER / "Ask.swift", folder / "main" / "main.swift")
    files = [
        _write(folder / "main", variant, target, sabotage, options)
        for target in variants
        for variant in variants[target]
    ]
    (folder / "main" / "Tables.swift").write_text(_tables(variants))
    linked = [f"-l{module}" for module in _MODULES]
    strict = ("-swift-version", "6", "-warnings-as-errors", "-I", ".", "-L", ".")
    names = ["main/main.swift", "main/Tables.swift", *(f"main/{file.name}" for file in files)]
    swift(folder, "swiftc", *strict, *flags, "-o", "ask", *names, *linked)


def typecheck(folder: Path, target: str, options: Mapping[str, str]) -> None:
    """Check all odd variants with swift-format, and as Swift 5 with the compiler; `build` must have run in *folder*."""
    # A host may be longer than a line, and cannot be split.
    (folder / "format.json").write_text('{"version": 1, "lineLength": 300}')
    for variant in odd_variants(target):
        file = _write(folder, variant, target, None, options)
        swift(folder, _FORMATTER, "lint", "--strict", "--configuration", "format.json", file.name)
        strict = ("-swift-version", "5", "-warnings-as-errors", "-parse-as-library", "-typecheck")
        swift(folder, "swiftc", *strict, "-I", ".", file.name)


def typecheck_text(folder: Path, *texts: str) -> None:
    """Check some files together with the compiler; `build` must have run in *folder*."""
    names = _together(folder, *texts)
    strict = ("-swift-version", "5", "-warnings-as-errors", "-parse-as-library", "-typecheck")
    swift(folder, "swiftc", *strict, "-I", ".", *names)


def compile_text(folder: Path, main: Path, *texts: str) -> str:
    """Compile a program and some files; `build` must have run in *folder*. Return its command."""
    names = _together(folder, *texts)
    libraries = [f"-l{module}" for module in _MODULES[:3]]
    swift(folder, "swiftc", "-swift-version", "6", "-I", ".", "-L", ".", "-o", "made", main.name, *names, *libraries)
    return "./made"


def _together(folder: Path, *texts: str) -> list[str]:
    names = [f"together{number}.swift" for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        (folder / name).write_text(_OBJECTIVE_C.sub("", text), "utf-8")
    return names


def ask(folder: Path, lines: Sequence[str]) -> list[str]:
    """Send *lines* to the program that `build` made; return its answers."""
    (folder / "lines").write_text("".join(f"{line}\n" for line in lines))
    answers = swift(folder, "sh", "-c", "./ask < lines").splitlines()
    assert len(answers) == len(lines)
    return answers


def _write(
    folder: Path,
    variant: Variant,
    target: str,
    sabotage: tuple[str, str] | None,
    options: Mapping[str, Option] | None = None,
) -> Path:
    text = variant.export(target, {"class": _name(target, variant)} | dict(options or {})).text
    if sabotage is not None and sabotage[0] in text:
        text = text.replace(*sabotage)
    path = folder / f"{_name(target, variant)}.swift"
    # Objective-C does not exist outside Apple's platforms.
    path.write_text(_OBJECTIVE_C.sub("", text), "utf-8")
    return path


def _name(target: str, variant: Variant) -> str:
    return f"{target.partition('-')[0].title()}_{variant.name}"


def _tables(variants: Mapping[str, Iterable[Variant]]) -> str:
    lines = ["import Alamofire", "import Networking", "", _STARTED]
    for target, (table, kind, made) in _TABLES.items():
        lines.append(f"let {table}: [String: @Sendable () -> {kind}] = [")
        names = [(variant.name, made.format(name=_name(target, variant))) for variant in variants.get(target, ())]
        lines += [f'  "{name}": {{ {call} }},' for name, call in names]
        lines += ["]" if variants.get(target) else ":]", ""]
    return "\n".join(lines)
