"""
Conan: the libcurl of a conanfile.txt, if the file also says that it is built with wolfSSL.

Source:
    https://docs.conan.io/2/reference/conanfile_txt.html; ``with_ssl`` in recipes/libcurl/all/conanfile.py of
    https://github.com/conan-io/conan-center-index
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.builds._reader import Client, Reader, client, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_REQUIRED: Final = re.compile(r"\s*libcurl/([^\s@#\[\]]+).*")
_WOLFSSL: Final = re.compile(r"\s*libcurl(?:/\*)?:with_ssl\s*=\s*wolfssl\s*")


def _read(text: str, file: str) -> Iterator[Client]:
    rows = list(lines(text))
    if any(_WOLFSSL.fullmatch(line) for _, line in rows):
        for number, line in rows:
            if found := _REQUIRED.fullmatch(line):
                yield from client("conan:libcurl with wolfSSL", found[1], file, number, is_lock=False)


READER: Final = Reader(
    id="conan",
    title="Conan",
    files="`conanfile.txt`",
    is_name=lambda name: name == "conanfile.txt",
    read=_read,
)
