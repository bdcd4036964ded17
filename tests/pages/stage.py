"""
The stage of a page that follows a calendar: what happens there besides the commands of the reader.

A heading such as ``## 12 January 2026: two keys`` sets the clock. A comment such as ``<!-- stage: order -->`` lets
something happen, and calls the method of this name. A block of ``text`` is what the command above it prints; a last
line ``...`` stands for the rest.
"""

from __future__ import annotations

import _ssl
import io
import re
import shlex
import shutil
import ssl
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509

import pinsmith
from pinsmith.cli import _clock
from pinsmith.lab.fleet import Fleet
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.rotation.standby_key import load_private_key
from tests.pages import page as pages

if TYPE_CHECKING:
    import pytest

    from pinsmith.lab.pki.key import KeyKind, PrivateKey
    from tests.pages.reader import Reader

HOST: Final = "api.example.com"
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
LIFE: Final = timedelta(days=200)
# X509_V_FLAG_NO_CHECK_TIME of OpenSSL, x509_vfy.h: TLS keeps the real clock, and the story has another one.
NO_CHECK_TIME: Final = 0x200000
_PART: Final = re.compile(r"^## (\d+ \w+ \d{4}): .*$|^<!-- stage: (.+) -->$", re.MULTILINE)


@dataclass
class Stage:
    """
    An authority, the files of an ACME client in ``live`` and of the server in ``tls``, and the releases of users.

    Attributes:
        reader: Follows the page.
        now: The time of the story.
        fleet: The releases that users have.
    """

    reader: Reader
    now: datetime = START
    fleet: Fleet = field(init=False)
    _root: Authority = field(default_factory=lambda: Authority.root("Example Root", not_before=START, not_after=END))
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        trusted = self.reader.folder.parent / "trusted.pem"
        trusted.write_text(self._root.pem)
        self.fleet = Fleet(HOST, trusted)
        self.order()
        shutil.copytree("live", "tls")
        self.restart()

    def play(self, page: Path) -> str:
        """Follow *page*, and return it with the output that its commands print."""
        text = page.read_text("utf-8")
        happening: list[tuple[int, re.Match[str] | pages.Block]] = [
            (text.count("\n", 0, part.start()) + 1, part) for part in _PART.finditer(text)
        ]
        happening += [(block.line, block) for block in pages.blocks(text)]
        steps = pages.steps(page)
        written, printed, copied = "", "", 0
        for line, event in sorted(happening, key=lambda pair: pair[0]):
            if isinstance(event, re.Match):
                self._happen(event)
            elif event.language == "text":
                start = len(event.before) + len("```text\n")
                written += text[copied:start] + _cut(printed, event.text)
                copied = start + len(event.text)
            for step in steps:
                if step.line == line and step.kind == "type":
                    printed = self._type(step.text, step.exit_code)
                elif step.line == line:
                    self.reader.do(step)
        return written + text[copied:]

    def order(self, key: str = "") -> None:
        """Let the ACME client write a certificate of *key*, the file of a private key, or of a fresh one."""
        private: KeyKind | PrivateKey = load_private_key(Path(key).read_bytes()) if key else "ec-p256"
        issued = self._root.issue(HOST, key=private, not_before=self.now, not_after=self.now + LIFE)
        Path("live").mkdir(exist_ok=True)
        Path("live/fullchain.pem").write_text(issued.presented_pem())
        Path("live/privkey.pem").write_bytes(issued.private_pem())

    def restart(self, *versions: str) -> None:
        """Let the server present what is in ``tls``: every release accepts that, except *versions*."""
        self.reader.network.serve(HOST, _read("tls"))
        assert self.fleet.visit(self.reader.network.servers[HOST]) == list(versions)

    def refused(self, *versions: str) -> None:
        """Let the releases meet a server with what is in ``live``: *versions* refuse it."""
        with RecordingServer(_read("live")) as server:
            assert self.fleet.visit(server) == list(versions)

    def copy(self, source: str, target: str) -> None:
        """Copy a file."""
        Path(target).parent.mkdir(exist_ok=True)
        shutil.copy2(source, target)

    def _happen(self, part: re.Match[str]) -> None:
        if part[1]:
            self.now = datetime.strptime(f"{part[1]} 12 +0000", "%d %B %Y %H %z")
        else:
            name, *arguments = shlex.split(part[2])
            getattr(self, name)(*arguments)

    def _type(self, command: str, exit_code: int) -> str:
        shown = io.StringIO()
        with _clock.moved_to(self.now), redirect_stderr(shown):
            result = self.reader.type(command, exit_code)
        words = shlex.split(command, comments=True)
        if words[1:3] == ["release", "add"]:
            self.fleet.ship(words[4], pinsmith.load("pins.toml"))
        elif words[1:3] == ["release", "end"]:
            self.fleet.retire(words[4])
        return self._stable(result + shown.getvalue())

    def _stable(self, text: str) -> str:
        """Name pins and digests, which differ from run to run, by letters, in the order of their appearance."""

        def name(match: re.Match[str]) -> str:
            letter = self._names.setdefault(match[2], chr(ord("A") + len(self._names)))
            return f"{match[1]}{letter * 6}..."

        return re.sub(r"(sha256[/ ])([A-Za-z0-9+/]{43}=|[0-9a-f]{64})", name, text)


def _cut(printed: str, shown: str) -> str:
    """Cut *printed* where the page ends with three dots on a line of their own."""
    if not shown.endswith("\n...\n"):
        return printed
    lines = printed.splitlines(keepends=True)[: shown.count("\n") - 1]
    return "".join(lines) + "...\n"


def _read(folder: str) -> Identity:
    leaf, *issuers = x509.load_pem_x509_certificates(Path(folder, "fullchain.pem").read_bytes())
    return Identity(leaf, load_private_key(Path(folder, "privkey.pem").read_bytes()), tuple(issuers), root=None)


def ignore_the_real_clock(patch: pytest.MonkeyPatch) -> None:
    """Let TLS accept certificates of any time; pinsmith compares them with the time of the story."""
    make = ssl.SSLContext.__new__
    # The attribute of the class below: that of a subclass may refuse to change.
    flags: Any = vars(_ssl._SSLContext)["verify_flags"]

    def made(cls: type[ssl.SSLContext], *given: Any, **named: Any) -> ssl.SSLContext:  # noqa: ANN401 - as in ssl
        context = make(cls, *given, **named)
        flags.__set__(context, flags.__get__(context) | NO_CHECK_TIME)
        return context

    patch.setattr(ssl.SSLContext, "__new__", made)
