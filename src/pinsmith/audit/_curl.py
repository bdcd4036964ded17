"""
The options of libcurl in any language: the pins and the URL that a handle gets.

Source:
    https://curl.se/libcurl/c/CURLOPT_PINNEDPUBLICKEY.html: a list ``sha256//BASE64;sha256//BASE64`` without blanks, or
    the name of a file with the key. Only the key of the leaf is compared.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import receiver_of
from pinsmith.audit._extractor import Pinning, Remark
from pinsmith.audit._url import host_of
from pinsmith.audit._value import Known, Unknown, position_of, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value
    from pinsmith.syntax.position import Position

STYLE: Final = "curl (sha256//)"
"""The spelling of pins that libcurl reads."""
PREFIX: Final = "CURLOPT_"
NEW: Final = ""
"""The name of an option that stands for a new handle, or one without its options."""
PINS: Final = "PINNEDPUBLICKEY"
URL: Final = "URL"
_LONG: Final = 100  # characters of a name
_NAME: Final = re.compile(r"[\w$>:.-]+")
_CHECKS: Final = ("SSL_VERIFYPEER", "SSL_VERIFYHOST")
_OFF: Final = frozenset({"0", "0l", "false"})
_PIN: Final = re.compile(r"sha-?256|[A-Za-z0-9+/_-]{42,43}=*", re.IGNORECASE)  # or what was meant as one
_HOST: Final = re.compile(r"(?:[\w-]+\.)+[A-Za-z][\w-]*\.?")
_FUNCTION: Final = re.compile(r"(?:^|_)(?:arrow|function|lambda|method|closure)")
_NO_FUNCTION: Final = re.compile("call|declarator|invocation|name|parameter|type")
_CLASS: Final = re.compile(r"^(?:class|impl|module|struct|trait)")
_BLOCK: Final = re.compile(
    "block|body|case|compound_statement|conditional|else|if_|match|module|switch|program|statements|translation_unit|unit"
)
_MEMBER: Final = re.compile(r"(?:\$?this|self|@)\b|@")


@dataclass(frozen=True, slots=True)
class Option:
    """
    An option that code sets.

    Attributes:
        handle: The handle, as the code writes it.
        name: Without ``CURLOPT_``, in upper case; `NEW` for a handle without options.
        value: The expression of its value.
        at: The place: the call, or the entry of a list of options.
    """

    handle: str
    name: str
    value: SgNode | None
    at: SgNode


def pinnings(code: Code, options: Iterable[Option]) -> Iterator[Pinning]:
    """
    Yield the pins that code gives libcurl: those of maps ``{host: list}``, and those that *options* set.

    The host of an option is that of the only URL that the same handle gets.
    """
    mapped = list(_mapped(code))
    yield from mapped
    for handle in _handles(options):
        for option in handle:
            if option.name == PINS and option.value is not None:
                found = _read(code, option, handle)
                if not mapped or found.remarks or any(isinstance(pin, Known) for pin in found.pins):
                    yield found


def _mapped(code: Code) -> Iterator[Pinning]:
    """Yield the entries of maps whose keys are hosts, and whose values are lists of pins for libcurl."""
    for node in code.maps():
        for pair in code.pairs(node) or ():
            if any(isinstance(key, Known) and _HOST.fullmatch(key.text) for key in pair.keys):
                known = [value for value in pins_of(pair.value, code) if isinstance(value, Known)]
                if known and all(value.text.strip().startswith("sha256//") for value in known):
                    pins, remarks = read_pins(pair.value, code, pair.name)
                    yield Pinning(pair.keys, pins, pair.at, remarks=remarks)


def wrapped(code: Code, call: SgNode, arguments: Sequence[SgNode]) -> Iterator[Option]:
    """Yield the option that a function of the application sets: a name ``CURLOPT_...``, and the value after it."""
    for at, (name, value) in enumerate(itertools.pairwise(arguments)):
        text = name.text()[:_LONG].lstrip("\\")
        is_other = text == PREFIX + PINS and not any(_PIN.search(known or "") for known in texts(code.values(value)))
        if text.startswith(PREFIX) and not is_other:  # not, for example, the question whether the option is there
            holder = arguments[:at] or receiver_of(call, code.language) or [call]
            own = holder[-1]
            handle = own.text()[:_LONG].partition("\n")[0]
            around = call.parent()
            is_chain = around is not None and around.kind() in code.language.calls | code.language.members
            is_name = _NAME.fullmatch(handle) is not None and not (is_chain and not arguments[:at])
            # In a chain of calls, every call begins where the chain does.
            yield Option(handle if is_name else f"{own.range().start.index}", text.removeprefix(PREFIX), value, call)


def pins_of(node: SgNode, code: Code) -> list[Value]:
    """Return the pins of a list ``sha256//BASE64;sha256//BASE64``, and what is not known of it."""
    found: list[Value] = []
    for value in code.values(node):
        found += [Known(text, value.at) for text in value.text.split(";")] if isinstance(value, Known) else [value]
    return found


def read_pins(node: SgNode, code: Code, subject: str) -> tuple[tuple[Value, ...], tuple[Remark, ...]]:
    """Return the pins of a list, and remarks about texts that libcurl does not read as pins of *subject*."""
    at, found = position_of(node), pins_of(node, code)
    known = [value.text for value in found if isinstance(value, Known)]
    if known and len(known) == len(found) and not any(map(_PIN.search, known)):
        text = f"{subject} is pinned by the key in the file {known[0]!r}, which this file does not give"
        return (), (Remark("pins-elsewhere", text, at),)
    spoilt = [text for text in known if text != text.strip()]
    remarks = tuple(Remark("pin-never-matches", f"{text!r} has blanks, and curl compares them", at) for text in spoilt)
    return tuple(found), remarks


def _read(code: Code, option: Option, handle: Sequence[Option]) -> Pinning:
    urls = [other.value for other in handle if other.name == URL and other.value is not None]
    at, host = position_of(option.at), _host(code, urls, option)
    subject = host.text if isinstance(host, Known) else "a host that this file does not name"
    pins, remarks = read_pins(option.value, code, subject) if option.value is not None else ((), ())
    if host is None:
        text = f"{option.handle} gets several URLs, so it is not known which hosts these pins belong to"
        remarks = (*remarks, Remark("value-elsewhere", text, at))
    remarks = (*remarks, *_unchecked(code, handle, subject, at))
    return Pinning((host,) if host is not None else (), pins, at, remarks=remarks)


def _host(code: Code, urls: Sequence[SgNode], option: Option) -> Value | None:
    """Return the only host of *urls*; None if there are several."""
    hosts = [host_of(url, code) for url in urls]
    if not hosts:
        return Unknown("the URL" if option.handle.isdecimal() else option.handle, position_of(option.at))
    spelled = {host.text if isinstance(host, Known) else None for host in hosts}
    return hosts[0] if len(spelled) == 1 else None


def _unchecked(code: Code, handle: Sequence[Option], subject: str, at: Position) -> Iterator[Remark]:
    for option in handle:
        is_check = option.name in _CHECKS and option.value is not None
        if is_check and option.value and code.resolve(option.value).text().lower() in _OFF:
            yield Remark("chain-unchecked", f"{option.name} is off for {subject}", at)


def _handles(options: Iterable[Option]) -> Iterator[list[Option]]:
    """Yield the options of each handle in the order of the file, from one new handle of a name to the next one."""
    found: dict[tuple[str, int], list[Option]] = {}
    for option in options:
        found.setdefault((option.handle, _scope(option)), []).append(option)
    for together in found.values():
        together.sort(key=_begin)
        renewed = [option for option in together if option.name == NEW]
        if len({_block(option.at) for option in renewed}) > 1:
            # Branches or methods: which of the handles an option belongs to is not known.
            yield from ([option] for option in together if option.name == PINS)
            continue
        begins = [_begin(option) for option in renewed]
        for begin, end in zip([-1, *begins], [*begins, float("inf")], strict=True):
            if part := [option for option in together if begin <= _begin(option) < end]:
                yield part


def _begin(option: Option) -> int:
    return option.at.range().start.index


def _scope(option: Option) -> int:
    """Return where the function begins that contains the option; for a member, the class."""
    kinds = _CLASS if _MEMBER.match(option.handle) else _FUNCTION
    for around in option.at.ancestors():
        if kinds.search(around.kind()) and (kinds is _CLASS or not _NO_FUNCTION.search(around.kind())):
            return around.range().start.index
    return -1


def _block(node: SgNode) -> int:
    return next((around.range().start.index for around in node.ancestors() if _BLOCK.search(around.kind())), -1)
