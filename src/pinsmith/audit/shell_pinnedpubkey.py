"""
curl and wget in shell: ``curl --pinnedpubkey 'sha256//...;sha256//...' https://host/``.

Source:
    https://curl.se/docs/manpage.html#--pinnedpubkey: without ``sha256//`` the value is the name of a file. Of several
    options the last one counts, and ``--next`` begins anew.
    https://www.gnu.org/software/wget/manual/html_node/HTTPS-_0028SSL_002fTLS_0029-Options.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pinsmith.audit._curl import STYLE
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._shell import program, words
from pinsmith.audit._url import host_of
from pinsmith.audit._value import Known, position_of, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit._code import Code
    from pinsmith.audit._shell import Word
    from pinsmith.audit._value import Value

_OPTION: Final = "--pinnedpubkey"
_PROGRAMS: Final = ("curl", "wget")
_PIN: Final = re.compile(r"sha256//[A-Za-z0-9+/]{43}=")
_SHORT_PIN: Final = re.compile(r"sha256//[A-Za-z0-9+/_-]{42}=?")  # another reader takes the second slash for a digit
_ODD_PIN: Final = re.compile(r"sha-?256[/:]", re.IGNORECASE)
_ODD_HOST: Final = re.compile(r"[{}\[\]*]")  # patterns of curl, and addresses
_NEXT: Final = ("--next", "-:")
_SHOWS: Final = ("echo", "printf", "grep", "test", "[")
# Of other options the next word is the value, so an option that is not known hides no value.
_FLAGS: Final = {
    "curl": re.compile(
        r"--(?:no-[a-z0-9-]+|"
        r"anyauth|append|basic|ca-native|cert-status|compressed|compressed-ssh|create-dirs|crlf|digest|"
        r"disable|disable-eprt|disable-epsv|fail|fail-early|fail-with-body|false-start|form-escape|"
        r"ftp-create-dirs|ftp-pasv|get|globoff|haproxy-protocol|head|http0\.9|http1\.0|http1\.1|http2|"
        r"http2-prior-knowledge|http3|http3-only|ignore-content-length|include|insecure|ipv4|ipv6|"
        r"junk-session-cookies|list-only|location|location-trusted|manual|negotiate|netrc|netrc-optional|"
        r"ntlm|parallel|parallel-immediate|path-as-is|post301|post302|post303|progress-bar|proxy-anyauth|"
        r"proxy-basic|proxy-digest|proxy-insecure|proxy-tlsv1|proxytunnel|raw|remote-header-name|"
        r"remote-name|remote-name-all|remote-time|remove-on-error|retry-all-errors|retry-connrefused|"
        r"show-error|silent|skip-existing|ssl|ssl-no-revoke|ssl-reqd|sslv2|sslv3|styled-output|"
        r"suppress-connect-headers|tcp-fastopen|tcp-nodelay|tlsv1|tlsv1\.0|tlsv1\.1|tlsv1\.2|tlsv1\.3|"
        r"tr-encoding|trace-time|use-ascii|verbose|version|xattr"
        r")"
    ),
    "wget": re.compile(
        r"--(?:no-[a-z0-9-]+|[a-z-]+=.*|"
        r"version|help|background|debug|quiet|verbose|force-html|retry-connrefused|continue|show-progress|"
        r"timestamping|server-response|spider|random-wait|ignore-case|inet4-only|inet6-only|ask-password|"
        r"unlink|xattr|force-directories|protocol-directories|adjust-extension|ignore-length|save-headers|"
        r"keep-session-cookies|content-disposition|content-on-error|auth-no-challenge|https-only|"
        r"preserve-permissions|recursive|delete-after|convert-links|convert-file-only|backup-converted|"
        r"mirror|page-requisites|strict-comments|follow-ftp|span-hosts|relative|trust-server-names"
        r")",
        re.DOTALL,
    ),
}
_LETTERS: Final = {"curl": "0aBfgGhiIjJklLMnNOpqRsSvVZ#12346", "wget": "VhbdqvFcNS46xErkKmpHL"}
_UNCHECKED: Final = {"--insecure", "--no-check-certificate"}


@dataclass(slots=True)
class _Request:
    """What a command asks for, and with which pins."""

    urls: list[Word] = field(default_factory=list)
    pins: Word | None = None
    joined: str | None = None  # the pins, if they stand in the word of the option
    is_insecure: bool = False
    has_https: bool = False  # also for a URL without a scheme


def _find(code: Code) -> Iterator[Pinning]:
    used: set[str] = set()
    for command in code.find_kinds(frozenset({"command"})):
        for pinning in _command(code, words(command, code)):
            used |= {value.text for value in pinning.pins if isinstance(value, Known)}
            yield pinning
    lone = [
        value.at
        for node in code.find_kinds(code.language.texts)
        for value in code.values(node)[:1]
        if isinstance(value, Known) and (pins := _PIN.findall(value.text)) and not used >= {*pins}
    ]
    if lone:
        text = "pins stand here, but no command in this file gives them a host; they are left out"
        yield Pinning((), (), lone[0], remarks=(Remark("value-elsewhere", text, lone[0]),))


def _command(code: Code, all_words: list[Word]) -> Iterator[Pinning]:
    name = all_words[0].node.text().lower() if all_words and all_words[0].text is None else ""
    at, tool = next(
        ((at, tool) for at, word in enumerate(all_words) if (tool := program(word)) in _PROGRAMS),
        (0, next((tool for tool in _PROGRAMS if tool in name), "")),
    )
    if tool and program(all_words[0]) not in _SHOWS:
        for request in _requests(tool, all_words[at + 1 :]):
            if request.pins is not None:
                yield _pinning(code, tool, request, request.pins)


def _requests(tool: str, given: list[Word]) -> Iterator[_Request]:
    request, rest = _Request(), list(given)
    while rest:
        word = rest.pop(0)
        text = word.text or ""
        if tool == "curl" and text in _NEXT:
            yield request
            request = _Request()
        elif text == _OPTION and rest:
            request.pins, request.joined = rest.pop(0), None
        elif text.startswith(f"{_OPTION}=") or (word.text is None and word.node.text().startswith(f"{_OPTION}=")):
            request.pins, request.joined = word, text.partition("=")[2] or None
        elif text == "--url" and rest:
            request.urls.append(rest.pop(0))
        elif text.startswith("-") and text != "-":
            _read_option(request, tool, text, rest)
        else:
            request.urls.append(word)
    yield request


def _read_option(request: _Request, tool: str, text: str, rest: list[Word]) -> None:
    """Read an option, and its value from the words that follow."""
    if text.startswith("--"):
        following = rest.pop(0) if rest and not _FLAGS[tool].fullmatch(text) else None
        request.has_https |= text == "--proto-default" and following is not None and following.text == "https"
        request.is_insecure |= text in _UNCHECKED
        return
    letters = text[1:]
    last = next((at for at, letter in enumerate(letters) if letter not in _LETTERS[tool]), None)
    request.is_insecure |= tool == "curl" and "k" in letters[:last]
    if rest and last == len(letters) - 1:
        rest.pop(0)


def _pinning(code: Code, tool: str, request: _Request, pins: Word) -> Pinning:
    at = position_of(pins.node)
    hosts, remarks = _hosts(code, tool, request, pins)
    named = ", ".join(value.text for value in hosts if isinstance(value, Known)) or "the host"
    found: tuple[Value, ...] = (pins.value,)
    if isinstance(pins.value, Known):
        text = pins.value.text if request.joined is None else request.joined
        found = tuple(Known(part, at) for part in text.split(";"))
        if tool == "curl" and request.joined is not None:
            found = ()
            problem = f"curl does not read {_OPTION}=, only a value in the next word, so it refuses the command"
            remarks.append(Remark("ignored-setting", problem, at))
        elif not _ODD_PIN.match(text):
            found = ()
            problem = f"{named} is pinned by the key in {text[:60]!r}, which this file does not give"
            remarks.append(Remark("pins-elsewhere", problem, at))
        for value in [value for value in found if isinstance(value, Known) and _SHORT_PIN.fullmatch(value.text)]:
            remarks.append(Remark("pin-never-matches", f"{value.text!r} is one character too short for a pin", at))
            found = tuple(other for other in found if other != value)
    if request.is_insecure:
        remarks.append(Remark("chain-unchecked", f"{tool} does not check the chain of {named}", at))
    return Pinning(hosts, found, at, remarks=tuple(remarks))


def _hosts(code: Code, tool: str, request: _Request, pins: Word) -> tuple[tuple[Value, ...], list[Remark]]:
    """Return the hosts of the URLs. A word that the file does not give counts if there is no URL."""
    hosts, others, remarks = [], [], []
    for url in request.urls:
        if url.text is None and "://" not in url.node.text():
            others.append(unknown(url.node))
        elif url.text is not None and not url.text.startswith("https://") and not request.has_https:
            text = f"{tool} asks for {url.text[:60]!r} without TLS, so the pins are not enforced"
            remarks.append(Remark("pinning-off", text, position_of(url.node)))
        elif url.text is not None and not url.text.startswith("https://"):
            others.append(unknown(url.node))
        else:
            host = host_of(url.node, code)
            is_odd = isinstance(host, Known) and _ODD_HOST.search(host.text)
            hosts.append(unknown(url.node) if is_odd else host)
    if not hosts and not others and not remarks:
        text = f"{tool} compares pins here, but this file does not give their host; they are left out"
        remarks.append(Remark("value-elsewhere", text, position_of(pins.node)))
    return tuple(hosts or others[-1:]), remarks


EXTRACTOR: Final = Extractor(
    id="shell-pinnedpubkey",
    title="curl and wget",
    signs=("pinnedpubkey",),
    formats={"bash": "curl-shell"},
    find=_find,
    style=STYLE,
)
