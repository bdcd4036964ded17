"""The URI of a private key in a PKCS#11 token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from pinsmith.errors.custody import CustodyError

SCHEME: Final = "pkcs11:"
_EXAMPLE: Final = "pkcs11:token=NAME;object=LABEL?module-path=/usr/lib/softhsm/libsofthsm2.so"
_TOKEN: Final = ("token", "serial", "model", "manufacturer")
_PATH: Final = (*_TOKEN, "object", "id", "type")


@dataclass(frozen=True, slots=True)
class PKCS11URI:
    """
    A private key in a token.

    Attributes:
        module: The path of the library that speaks to the token.
        token: The attributes of the token, of ``token``, ``serial``, ``model`` and ``manufacturer``, that are given.
        label: The label of the key; None for any.
        id: The id of the key; None for any.
    """

    module: str
    token: dict[str, str]
    label: str | None
    id: bytes | None


def parse_uri(text: str) -> PKCS11URI:
    """
    Read the URI of a private key.

    Raises:
        CustodyError: If it is not one, names no key or no library, contains a PIN, or has attributes that would be
            ignored.

    Source:
        :rfc:`7512#section-2`
    """
    path, _, query = text.removeprefix(SCHEME).partition("?")
    if not text.startswith(SCHEME):
        raise CustodyError(f"{text!r} is not a PKCS#11 URI", hint=f"write {_EXAMPLE}")
    found, options = _attributes(path, ";"), _attributes(query, "&")
    if "pin-value" in found or "pin-value" in options:
        raise CustodyError(
            "the PKCS#11 URI contains a PIN, which other users of this machine and the history of the shell can see",
            hint="leave out pin-value, change the PIN, and pass it with --password-file",
        )
    if unknown := [name for name in found if name not in _PATH] + [name for name in options if name != "module-path"]:
        raise CustodyError(
            f"the PKCS#11 URI has {unknown[0]!r}, which pinsmith does not compare",
            hint=f"use {', '.join(_PATH)}, and after the question mark module-path",
        )
    if found.get("type", b"private") != b"private":
        raise CustodyError("the PKCS#11 URI is not that of a private key", hint="write type=private, or leave it out")
    if not ("object" in found or "id" in found):
        raise CustodyError("the PKCS#11 URI names no key", hint=f"add object or id: {_EXAMPLE}")
    if not options.get("module-path"):
        raise CustodyError(
            "the PKCS#11 URI does not say which library speaks to the token", hint=f"add module-path: {_EXAMPLE}"
        )
    try:
        texts = {name: value.decode() for name, value in (found | options).items() if name != "id"}
    except UnicodeDecodeError as error:
        raise CustodyError("the PKCS#11 URI is not UTF-8", hint="write other bytes of id as %00 to %FF") from error
    token: dict[str, str] = {name: texts[name] for name in _TOKEN if name in texts}
    return PKCS11URI(texts["module-path"], token, texts.get("object"), found.get("id"))


def _attributes(text: str, separator: str) -> dict[str, bytes]:
    attributes: dict[str, bytes] = {}
    for part in filter(None, text.split(separator)):
        name, sign, value = part.partition("=")
        if not sign or name in attributes:
            problem = "twice" if sign else "without a value"
            raise CustodyError(f"the PKCS#11 URI has {name!r} {problem}", hint=f"write {_EXAMPLE}")
        attributes[name] = unquote_to_bytes(value)
    return attributes
