"""
The mistakes in code that make pins void: the rule of each, the scenarios of the lab that show it, and its languages.

A rule has wrong and right code in the fixtures of each language. The reasons say why it has none in others.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_APPLE: Final = ("objc", "swift")
_JVM: Final = ("java", "kotlin")
ALL: Final = (
    *("bash", "cpp", "csharp", "dart", "go", *_JVM, "objc", "php", "python", "ruby", "rust", "swift", "typescript"),
)


class Mistake(NamedTuple):
    """
    A mistake in code that a rule finds.

    Attributes:
        scenarios: Those of the lab that a client with the mistake fails; empty if the lab cannot show it.
        languages: Those in which the rule looks for it.
        reason: Why it has no other language, a sentence; empty if it has all.
    """

    scenarios: tuple[str, ...]
    languages: tuple[str, ...]
    reason: str = ""


def _without(*languages: str) -> tuple[str, ...]:
    return tuple(language for language in ALL if language not in languages)


MISTAKES: Final[dict[str, Mistake]] = {
    "any-presented-certificate": Mistake(
        ("chain-appended", "leaf-appended"),
        _without("bash", "dart", *_APPLE),
        "Systems of Apple hand out the chain that they built. Dart and the tools of a shell hand out the "
        "certificate of the server alone.",
    ),
    "bad-certificate-callback-only": Mistake(("wrong-key",), ("dart",), "Only Dart has such a callback."),
    "certificate-check-off": Mistake(("self-signed-same-subject", "wrong-name"), ALL),
    "certificate-digest-as-pin": Mistake(
        (),
        _without("bash"),
        "In shell, the reader of `openssl` notes it. The lab renews no certificate; a trial beside it does.",
    ),
    "empty-pins-accept": Mistake(
        (),
        _without("bash"),
        "In shell, an empty list of pins is an empty text, which no digest equals. The lab always gives pins.",
    ),
    "key-without-header": Mistake(
        ("leaf-pin",),
        ("csharp", *_APPLE, "typescript"),
        "Elsewhere, the usual function returns a key with its header.",
    ),
    "leaf-only-with-authority-pins": Mistake(
        ("root-pin", "intermediate-pin"),
        _without("bash"),
        "In shell, the file does not show which certificate of the output of `openssl` is used.",
    ),
    "mismatch-swallowed": Mistake(
        ("wrong-key",),
        _without("bash"),
        "In shell, every command whose failure nobody looks at would be one.",
    ),
    "one-header-for-all-keys": Mistake(("dual-key",), _APPLE, "Elsewhere, nobody needs to put a header before a key."),
    "pinning-switched-off": Mistake(("wrong-key",), ALL),
    "pins-checked-after-request": Mistake(
        ("wrong-key",),
        _without("bash", *_APPLE),
        "Answers have no certificate on systems of Apple, and none in shell.",
    ),
    "pins-checked-elsewhere": Mistake(
        ("second-connection",),
        ("bash", "dart", "go", "php", "python"),
        "In other languages, a file rarely shows which connection sends the request.",
    ),
    "pins-unused": Mistake(
        ("wrong-key",),
        ("typescript",),
        "Elsewhere, another file of the package may read a constant without an import, or compilers warn.",
    ),
    "pins-without-chain-check": Mistake(("self-signed-same-subject", "forged-issuer"), ALL),
    "pins-without-name-check": Mistake(
        ("wrong-name",),
        _without("bash", "csharp", "dart", "go"),
        "In C#, Dart, Go and shell, one switch turns off both checks, and `pins-without-chain-check` finds it.",
    ),
    "placeholder-in-code": Mistake(
        ("leaf-pin",),
        ("kotlin", "python"),
        "The search is the same in all languages, because only the texts of a file matter.",
    ),
    "remote-kill-switch": Mistake(
        (),
        _without("bash", "cpp", "rust"),
        "Apps in C++, Rust and shell seldom use such services. The lab cannot change what they answer.",
    ),
    "resumed-connections-unchecked": Mistake(
        ("session-after-pins-change",), ("go",), "Only Go has a callback that resumed connections skip."
    ),
    "thrown-in-check": Mistake((), ("typescript",), "Only Node demands that the error is returned."),
    "trailing-dot-unpinned": Mistake(
        ("trailing-dot",),
        ("python", "typescript"),
        "For OkHttp, `vulnerable-client` knows the versions. Go and urllib3 take the dot away. For others, nobody has "
        "shown that they keep it.",
    ),
    "unsigned-remote-pins": Mistake(
        (),
        _without("bash", "cpp", "rust"),
        "As for `remote-kill-switch`. Pins that code loads from a server of its own are not found.",
    ),
}
# The rules and notes for mistakes that are not in the code itself.
ELSEWHERE: Final = {
    "pins that the HTTP stack of an app never reads": ("pins-never-read", "pins-perhaps-never-read"),
    "a client version with a known hole": ("vulnerable-client", "vulnerable-client-unclear"),
    "a switch of a library for React Native in releases": ("pinning-off", "pinning-may-be-off"),
    "pins that a library fetches without a signature": ("unsigned-remote-pins",),
    "pins that do not count for some authorities": ("pins-overridden",),
}
