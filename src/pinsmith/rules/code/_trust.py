"""Where code turns the check of the chain or of the host's name off, and whether it means to pin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.rules.code._function import body_of, functions, is_function, name_of, only_value
from pinsmith.rules.code._setting import last_name, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit import Code

CHAIN: Final = "any chain is accepted"
NAME: Final = "a certificate of any other host is accepted"
_OFF: Final = ("false", "0")
_IDENTITY: Final = "checkServerIdentity"
# By language: names, the values that turn the check off, and what is accepted then.
_SETTINGS: Final[dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...]]] = {
    "swift": (
        (("performDefaultValidation",), _OFF, CHAIN),
        (("validateHost",), _OFF, NAME),
    ),
    "typescript": ((("rejectUnauthorized", "strictSSL", "NODE_TLS_REJECT_UNAUTHORIZED"), _OFF, CHAIN),),
}
_SETTINGS["tsx"] = _SETTINGS["typescript"]
# By language: names, what a function that accepts all is, and what is accepted then.
_CALLBACKS: Final[dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...]]] = {
    "dart": ((("badCertificateCallback", "onBadCertificate"), ("true",), CHAIN),),
    "java": ((("hostnameVerifier", "defaultHostnameVerifier", "sSLHostnameVerifier"), ("true",), NAME),),
    "kotlin": ((("hostnameVerifier", "defaultHostnameVerifier", "HostnameVerifier"), ("true",), NAME),),
    "typescript": ((("checkServerIdentity",), ("", "undefined", "null", "void 0"), NAME),),
}
_CALLBACKS["tsx"] = _CALLBACKS["typescript"]
# By language: functions that decide, what one that accepts all is, and what is accepted then.
_METHODS: Final[dict[str, tuple[tuple[str, tuple[str, ...], str], ...]]] = {
    "java": (("checkServerTrusted", ("",), CHAIN), ("verify", ("true",), NAME)),
    "kotlin": (("checkServerTrusted", ("", "Unit"), CHAIN), ("verify", ("true",), NAME)),
    "typescript": (("checkServerIdentity", ("", "undefined", "null"), NAME),),
}
_METHODS["tsx"] = _METHODS["typescript"]
# By language: names that stand for a check that accepts all.
_CONSTANTS: Final = {
    "java": {"ALLOW_ALL_HOSTNAME_VERIFIER": NAME, "NoopHostnameVerifier": NAME, "TrustAllStrategy": CHAIN},
    "kotlin": {"ALLOW_ALL_HOSTNAME_VERIFIER": NAME, "NoopHostnameVerifier": NAME, "TrustAllStrategy": CHAIN},
    "swift": {"DisabledTrustEvaluator": CHAIN, "DisabledEvaluator": CHAIN},
}
_NAMES: Final = frozenset({"identifier", "simple_identifier", "type_identifier"})
SIGNS: Final = tuple(
    sorted(
        {name for rows in (*_SETTINGS.values(), *_CALLBACKS.values()) for names, _, _ in rows for name in names}
        | {name for rows in _METHODS.values() for name, _, _ in rows}
        | {name for names in _CONSTANTS.values() for name in names}
        | {"ostnameVerifier", "useCredential", "SecPolicyCreateBasicX509", _IDENTITY}
    )
)
"""Words; a file without any of them turns no check off."""
_MEANS: Final = re.compile(
    r"[pP]inn(?:ed|er|ing)|PINN(?:ED|ER|ING)|\bpins\b|(?:^|[^a-z])[sS](?:pki|PKI)|sha256/|PUBKEY_HASH|[fF]ingerprint"
    r"""|["'][A-Za-z0-9+/]{43}=["']"""
)


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A place that turns a check off, and what is accepted then."""

    node: SgNode
    accepted: str


def unchecked(code: Code) -> Iterator[Unchecked]:
    """Yield the places that turn off the check of the chain or of the host's name."""
    found = {found.node.range().start.index: found for look in _LOOKS for found in look(code)}
    yield from (found[at] for at in sorted(found))


def means_to_pin(code: Code) -> bool:
    """Say whether a file speaks of pins outside its comments."""
    return _MEANS.search(code.bare) is not None


def _by_settings(code: Code) -> Iterator[Unchecked]:
    for names, values, accepted in _SETTINGS.get(code.language.id, ()):
        for setting in settings(code, *names):
            if setting.is_one_of(*values):
                yield Unchecked(setting.node, accepted)


def _by_callbacks(code: Code) -> Iterator[Unchecked]:
    for names, values, accepted in _CALLBACKS.get(code.language.id, ()):
        for setting in settings(code, *names):
            if setting.values and is_function(setting.values[-1]) and only_value(setting.values[-1]) in values:
                yield Unchecked(setting.node, accepted)


def _by_methods(code: Code) -> Iterator[Unchecked]:
    for name, values, accepted in _METHODS.get(code.language.id, ()):
        for function in functions(code, name):
            is_verifier = name != "verify" or "SSLSession" in function.text()
            if is_verifier and only_value(function) in values:
                yield Unchecked(name_of(function) or function, accepted)


def _by_constants(code: Code) -> Iterator[Unchecked]:
    constants = _CONSTANTS.get(code.language.id, {})
    for node in code.of_kinds(_NAMES) if constants else ():
        accepted = constants.get(last_name(node.text()))
        imports = any("import" in around.kind() for around in node.ancestors())
        if accepted and not imports:
            yield Unchecked(node, accepted)


def _by_identity(code: Code) -> Iterator[Unchecked]:
    """Yield functions for Node that decide about a certificate, and do not compare its names."""
    if code.language.id not in ("tsx", "typescript"):
        return
    named_so = [setting.values[-1] for setting in settings(code, _IDENTITY) if is_function(setting.values[-1])]
    for function in (*named_so, *functions(code, _IDENTITY)):
        if only_value(function) is None and _IDENTITY not in (body.text() if (body := body_of(function)) else ""):
            yield Unchecked(name_of(function) or function, NAME)


def _by_delegate(code: Code) -> Iterator[Unchecked]:
    """Yield the places in Swift that trust a server whose chain nobody evaluated."""
    if code.language.id != "swift":
        return
    if "SecTrustEvaluate" not in code.bare and "evaluateTrust" not in code.bare:
        for match in code.find("completionHandler(.useCredential, $CREDENTIAL)"):
            yield Unchecked(match, CHAIN)
    for match in code.find("SecPolicyCreateBasicX509()"):
        yield Unchecked(match, NAME)


_LOOKS: Final[tuple[Callable[[Code], Iterator[Unchecked]], ...]] = (
    _by_settings,
    _by_callbacks,
    _by_methods,
    _by_constants,
    _by_identity,
    _by_delegate,
)
