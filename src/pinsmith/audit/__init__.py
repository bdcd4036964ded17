"""
Pins in code: a file for each library, which finds the places that pin as patterns of the language's syntax.

The extra ``pinsmith[audit]`` brings the parsers. A new library is one file, one line here, and its samples in
``tests/audit``.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from pinsmith.audit import (
    afnetworking,
    alamofire,
    apache_httpclient,
    cpp_tls,
    cronet,
    dotnet,
    generated,
    go_hpkp,
    go_tls,
    host_map,
    http_certificate_pinning,
    libcurl,
    named_map,
    node,
    okhttp,
    own_check,
    php_curl,
    php_peer_fingerprint,
    pinsmith_policy,
    pycurl,
    python_fingerprint,
    python_ssl,
    rn_public_key_pinning,
    rn_ssl_pinning,
    ruby_curl,
    ruby_openssl,
    rust_tls,
    shell_openssl,
    shell_pinnedpubkey,
    trust_manager,
    trustkit,
)
from pinsmith.audit._call import called as called, labelled as labelled
from pinsmith.audit._code import Code as Code
from pinsmith.audit._read import INSTALL as INSTALL, LEAVE_OUT as LEAVE_OUT, read_code, suitable, unread as unread
from pinsmith.audit._scope import named as named
from pinsmith.audit._shell import program as program, words as words
from pinsmith.audit._value import position_of as position_of
from pinsmith.audit.languages import language_of as language_of
from pinsmith.formats._text import decode

if TYPE_CHECKING:
    from pinsmith.audit._extractor import Extractor
    from pinsmith.formats import Format, Reading

EXTRACTORS: Final[tuple[Extractor, ...]] = (
    afnetworking.EXTRACTOR,
    alamofire.EXTRACTOR,
    apache_httpclient.EXTRACTOR,
    cpp_tls.EXTRACTOR,
    cronet.EXTRACTOR,
    dotnet.EXTRACTOR,
    generated.EXTRACTOR,
    go_hpkp.EXTRACTOR,
    go_tls.EXTRACTOR,
    host_map.EXTRACTOR,
    http_certificate_pinning.EXTRACTOR,
    libcurl.EXTRACTOR,
    named_map.EXTRACTOR,
    node.EXTRACTOR,
    okhttp.EXTRACTOR,
    own_check.EXTRACTOR,
    php_curl.EXTRACTOR,
    php_peer_fingerprint.EXTRACTOR,
    pinsmith_policy.EXTRACTOR,
    pycurl.EXTRACTOR,
    python_fingerprint.EXTRACTOR,
    python_ssl.EXTRACTOR,
    rn_public_key_pinning.EXTRACTOR,
    rn_ssl_pinning.EXTRACTOR,
    ruby_curl.EXTRACTOR,
    ruby_openssl.EXTRACTOR,
    rust_tls.EXTRACTOR,
    shell_openssl.EXTRACTOR,
    shell_pinnedpubkey.EXTRACTOR,
    trust_manager.EXTRACTOR,
    trustkit.EXTRACTOR,
)
"""All libraries whose pins are found in code."""


def read(content: bytes, name: str, *, format_id: str | None = None) -> tuple[Format, Reading]:
    """
    Read a file of code, as if it were a file of the format that pinsmith writes for the library.

    Args:
        content: All of it, in UTF-8.

        name: The name of the file, whose end says the language.

        format_id: The id of that format; None to find out.

    Returns:
        The format, and what the file pins. Values that the file does not give are notes.

    Raises:
        UnknownFormatError: If no library pins in it, or the extra ``pinsmith[audit]`` is not installed.
        FormatError: If several libraries pin in it.
    """
    chosen = [extractor for extractor in EXTRACTORS if format_id is None or format_id in extractor.format_ids]
    return read_code(content, name, chosen, format_id=format_id)


def parse(text: str, name: str) -> Code | None:
    """
    Parse a file of code, whose *name* says the language.

    Returns:
        Its syntax tree. None if no parser for it is installed, or if `unread` says why it is not read.
    """
    language = language_of(name)
    if language is None or not is_installed() or unread(text):
        return None
    return Code(text, name, language)


def reads(format_id: str) -> bool:
    """Say whether code in a format can be read."""
    return any(format_id in extractor.format_ids for extractor in EXTRACTORS)


def names_library(content: bytes, name: str) -> bool:
    """Say whether a file of code contains a word of a library. No parser is needed."""
    return bool(suitable(decode(content, name), name, EXTRACTORS))


def is_installed() -> bool:
    """Say whether the extra that reads code is installed."""
    return find_spec("ast_grep_py") is not None
