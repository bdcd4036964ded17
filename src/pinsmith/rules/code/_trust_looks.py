"""Checks of the chain or of the host's name that code loses in a way of its own language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import named, program, words
from pinsmith.rules.code._function import body_of, functions, is_function, name_of, only_value, unwrapped
from pinsmith.rules.code._setting import settings
from pinsmith.rules.code._switch import CHAIN, NAME, Unchecked
from pinsmith.rules.code._trust_apple import apple
from pinsmith.rules.code._trust_tables import CALLBACKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit import Code

_IDENTITY: Final = "checkServerIdentity"
_PROCEEDS: Final = re.compile(r"\.proceed\(\)")
_ASKS: Final = re.compile(r"\b(?:if|when|switch|cancel)\b|Dialog|Builder|->")
_DELEGATES: Final = re.compile(r"checkServerTrusted|CertPathValidator|\.verify\(|[vV]alidate|checkTrusted|\bsuper\.")
_COMPARES: Final = re.compile(r"publicKey|PublicKey|encoded|Encoded")
_ASSERTS: Final = re.compile(r"ServerCertVerified::assertion\(\)")
_RUST_VERIFIES: Final = re.compile(
    r"\.verify_server_cert\(|verify_for_usage|verify_is_valid|verify_server_cert_signed_by_trust_anchor"
)
_CURL: Final = re.compile(r"--insecure|-[0-46afgGiIjJklLMnNOpqRsSvVZ#]*k\w*")
_TAKES: Final = re.compile(r"-[a-zA-Z#]*[AbCcDdEeFHhKmoPQrTtuUwXxYyz]")  # short options of curl with a value
_WGET: Final = re.compile(r"--no-check-certificate")
_LOOPBACK: Final = re.compile(r"(?:https?://)?(?:localhost|127(?:\.\d+){3}|\[::1\])(?:[:/].*)?")
_RUNNERS: Final = frozenset({"command", "env", "exec", "nice", "nohup", "sudo", "time", "timeout"})


def _node(code: Code) -> Iterator[Unchecked]:
    """Yield functions for Node that decide about a certificate, and do not compare its names."""
    if code.language.id not in ("tsx", "typescript"):
        return
    named_so = [setting.values[-1] for setting in settings(code, _IDENTITY) if is_function(setting.values[-1])]
    for function in (*named_so, *functions(code, _IDENTITY)):
        if only_value(function) is None and _IDENTITY not in (body.text() if (body := body_of(function)) else ""):
            yield Unchecked(_begin(name_of(function) or function), NAME)


def _jvm(code: Code) -> Iterator[Unchecked]:
    """Yield trust managers that compare keys and check nothing else, and web views that go on after any error."""
    if code.language.id not in ("java", "kotlin"):
        return
    for function in functions(code, "checkServerTrusted", "onReceivedSslError"):
        name, body = name_of(function), body_of(function)
        if name is None or body is None or only_value(function) is not None:
            continue
        text = body.text()
        if name.text() == "onReceivedSslError":
            if _PROCEEDS.search(text) and not _ASKS.search(text):
                yield Unchecked(_begin(name), CHAIN)
        elif _COMPARES.search(text) and "throw" in text and not _DELEGATES.search(text):
            yield Unchecked(_begin(name), CHAIN)


def _rust(code: Code) -> Iterator[Unchecked]:
    """Yield verifiers that call a chain verified and leave it to nobody to verify it."""
    if code.language.id != "rust" or _RUST_VERIFIES.search(code.bare):
        return
    for function in functions(code, "verify_server_cert"):
        if only_value(function) is None and _ASSERTS.search(function.text()):
            yield Unchecked(_begin(name_of(function) or function), CHAIN)


def _csharp(code: Code) -> Iterator[Unchecked]:
    """Yield callbacks in C# that do not look at the errors that the platform found."""
    if code.language.id != "csharp":
        return
    for function in code.of_kinds(frozenset({"local_function_statement", "method_declaration"})):
        if "SslPolicyErrors" in function.text() and (name := name_of(function)) and _ignores_errors(function):
            yield Unchecked(_begin(name), CHAIN)
    names = [name for switch in CALLBACKS["csharp"] for name in switch.names]
    for setting in settings(code, *names):
        if any(
            is_function(value) and only_value(value) != "true" and _ignores_errors(value) for value in setting.values
        ):
            yield Unchecked(_begin(setting.node), CHAIN)


def _ignores_errors(function: SgNode) -> bool:
    """Say whether a function that decides does not read its parameter for the errors, and builds no chain."""
    function = unwrapped(function)
    held = next((part for part in named(function) if part.kind() == "parameter_list"), None)
    parameters = named(held) if held is not None else []
    body = body_of(function)
    if len(parameters) != 4 or body is None or only_value(function) == "false":  # noqa: PLR2004 - as the platform calls it
        return False
    name = named(parameters[-1])[-1].text() if named(parameters[-1]) else parameters[-1].text()
    is_read = re.search(rf"\b{re.escape(name)}\b", body.text()) is not None and name != "_"
    return not is_read and ".Build(" not in body.text()


def _shell(code: Code) -> Iterator[Unchecked]:
    """Yield commands that accept any chain, unless they only contact this machine."""
    if code.language.id != "bash":
        return
    for command in code.of_kinds(frozenset({"command"})):
        given = words(command, code)
        at = next((at for at, word in enumerate(given[:4]) if program(word) in ("curl", "wget")), None)
        if at is None or (at and program(given[0]) not in _RUNNERS):
            continue
        pattern = _CURL if program(given[at]) == "curl" else _WGET
        texts = [word.text or "" for word in given[at + 1 :]]
        is_local = any(map(_LOOPBACK.fullmatch, texts)) and not any(_is_remote(text) for text in texts)
        found = next(
            (
                word
                for word, text, before in zip(given[at + 1 :], texts, ["", *texts], strict=False)
                if pattern.fullmatch(text) and not _TAKES.fullmatch(before)
            ),
            None,
        )
        if found is not None and not is_local:
            yield Unchecked(_begin(found.node), CHAIN)


def _is_remote(text: str) -> bool:
    return text.startswith(("http://", "https://")) and _LOOPBACK.fullmatch(text) is None


def _begin(node: SgNode) -> int:
    return node.range().start.index


LOOKS: Final[tuple[Callable[[Code], Iterator[Unchecked]], ...]] = (_csharp, _jvm, _node, _rust, _shell, apple)
"""What finds such places, by language."""
LOOK_SIGNS: Final = frozenset(
    {
        "SslPolicyErrors",
        "curl",
        "wget",
        "useCredential",
        "UseCredential",
        "SecPolicyCreate",
        "checkServerTrusted",
        _IDENTITY,
    }
)
"""Words; a file without any of them has no such place."""
