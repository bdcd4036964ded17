"""Every exception with its code, its text, its place in the tree and its pickle."""

from __future__ import annotations

import asyncio
import copy
import http.client
import pickle
import re
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith import errors
from pinsmith.errors import PinsmithError, find
from pinsmith.errors.cause import causes
from pinsmith.finding import Finding, Severity
from tests.core.named_chain import chain, key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MISMATCH_HINT = "if the key changed on purpose, compare with `pinsmith fetch a.test` run from another network"
# Class: an example, its first line, its hint, its exit code.
EXAMPLES: dict[str, tuple[Callable[[], PinsmithError], str, str | None, int]] = {
    "PinsmithError": (lambda: errors.PinsmithError("it failed"), "it failed", None, 1),
    "PinFormatError": (lambda: errors.PinFormatError("no pin", hint="copy it"), "no pin", "copy it", 1),
    "KnownBadPinError": (lambda: errors.KnownBadPinError("a placeholder"), "a placeholder", None, 1),
    "CompromisedAuthorityError": (
        lambda: errors.CompromisedAuthorityError("sha256/x=", "Example CA (CVE-2030-1)", "CVE-2030-1"),
        "'sha256/x=' is the key of Example CA (CVE-2030-1), which is compromised",
        (
            "remove the pin, because anybody may hold this private key (CVE-2030-1); pin a key of your own or of "
            "another authority"
        ),
        1,
    ),
    "CertificateError": (lambda: errors.CertificateError("bytes follow (byte 7)"), "bytes follow (byte 7)", None, 1),
    "ReportError": (lambda: errors.ReportError("it is not JSON in UTF-8"), "it is not JSON in UTF-8", None, 1),
    "MaterialError": (lambda: errors.MaterialError("damaged"), "damaged", None, 1),
    "PasswordError": (lambda: errors.PasswordError("needed", given=False, hint="give it"), "needed", "give it", 1),
    "HostError": (lambda: errors.HostError("'a b' is not a host"), "'a b' is not a host", None, 1),
    "PolicyError": (lambda: errors.PolicyError("a.test: no keys"), "a.test: no keys", None, 1),
    "ParseError": (
        lambda: errors.ParseError("text expected", file="pins.toml", line=3, key_path="host[0].name", hint="quote it"),
        "pins.toml:3: host[0].name: text expected",
        "quote it",
        1,
    ),
    "FileError": (lambda: errors.FileError("x: cannot be read", path="x"), "x: cannot be read", None, 1),
    "LockedError": (
        lambda: errors.LockedError("x is locked by process 1", path="x", holder="process 1", hint="wait"),
        "x is locked by process 1",
        "wait",
        1,
    ),
    "UnsafeContextError": (lambda: errors.UnsafeContextError("refused"), "refused", None, 1),
    "InjectionError": (lambda: errors.InjectionError("not here"), "not here", None, 1),
    "SelfTestError": (lambda: errors.SelfTestError("did not hold"), "did not hold", None, 3),
    "FormatError": (lambda: errors.FormatError("is empty", file="a", line=2), "a:2: is empty", None, 1),
    "NothingPinnedError": (
        lambda: errors.NothingPinnedError("a", [Finding("no-pins", Severity.MEDIUM, None, "a note")]),
        "a: it pins no host",
        None,
        4,
    ),
    "UnknownFormatError": (lambda: errors.UnknownFormatError("there is none"), "there is none", None, 2),
    "UsageError": (lambda: errors.UsageError("-4 and -6 exclude each other"), "-4 and -6 exclude each other", None, 2),
    "ExportError": (lambda: errors.ExportError("has no option"), "has no option", None, 1),
    "ExportRefusedError": (
        lambda: errors.ExportRefusedError("curl", [Finding("export-refused", Severity.HIGH, None, "no")]),
        "curl cannot express this policy safely",
        None,
        1,
    ),
    "LossError": (
        lambda: errors.LossError("curl", []),
        "curl cannot express all of this policy",
        "if you accept what is lost, add ",
        1,
    ),
    "ForeignPinsError": (
        lambda: errors.ForeignPinsError(
            {"a.xml": ["b.test: the host would be removed"]}, source="pins.toml", hint="keep"
        ),
        "a.xml contains pinning that is not in pins.toml and would be lost",
        "keep",
        1,
    ),
    "EndingPinsError": (
        lambda: errors.EndingPinsError("a.xml", [Finding("pins-ended", Severity.HIGH, None, "they ended")]),
        "the pins for a.xml have ended, so nothing is written",
        "set a later expires for these hosts, or write the pins anyway with --allow-ending",
        1,
    ),
    "LabError": (lambda: errors.LabError("broke"), "broke", None, 1),
    "PlaceholderError": (lambda: errors.PlaceholderError("'{x}' is unknown"), "'{x}' is unknown", None, 2),
    "LabBrokenError": (lambda: errors.LabBrokenError("a server failed"), "a server failed", None, 1),
    "ClientFailsError": (lambda: errors.ClientFailsError("fails 1 of 2"), "fails 1 of 2", None, 3),
    "ClientStartError": (lambda: errors.ClientStartError("is a folder"), "is a folder", None, 1),
    "ClientStoppedError": (lambda: errors.ClientStoppedError("was stopped"), "was stopped", None, 1),
    "FetchError": (lambda: errors.FetchError("failed").at("a.test", 443, "::1"), "a.test:443 (::1) failed", None, 1),
    "ResolveError": (lambda: errors.ResolveError("has no address"), "has no address", None, 1),
    "ConnectError": (lambda: errors.ConnectError("refused").at("::1", 1, "::1"), "[::1]:1 refused", None, 1),
    "PlaintextError": (lambda: errors.PlaintextError("speaks", said=b"220 hi"), "speaks", None, 1),
    "StartTLSError": (lambda: errors.StartTLSError("refuses", protocol="smtp"), "refuses", None, 1),
    "HandshakeError": (lambda: errors.HandshakeError("failed", alert="internal_error"), "failed", None, 1),
    "HandshakeTimeoutError": (lambda: errors.HandshakeTimeoutError("ran out of time"), "ran out of time", None, 1),
    "NoCertificateError": (lambda: errors.NoCertificateError("presented none"), "presented none", None, 1),
    "EnforcementError": (lambda: errors.EnforcementError("refused", host="a.test"), "refused", None, 3),
    "PinMismatchError": (
        lambda: errors.PinMismatchError("a.test", chain(), (key("spare leaf"),)),
        "a.test presented no pinned key",
        MISMATCH_HINT,
        3,
    ),
    "CompromisedChainError": (
        lambda: errors.CompromisedChainError("a.test", chain(), (key("site leaf"),), authority="Example CA"),
        "a.test presented a chain with the compromised key of Example CA",
        (
            "anybody may hold this private key, so an attacker may have answered; if this is your server, replace its "
            "certificate with one from another authority"
        ),
        3,
    ),
    "HostNotPinnedError": (lambda: errors.HostNotPinnedError("not pinned", host="a.test"), "not pinned", None, 4),
    "NoServerNameError": (lambda: errors.NoServerNameError("names no server"), "names no server", None, 3),
    "SessionRefusedError": (lambda: errors.SessionRefusedError("not bound"), "not bound", None, 3),
}


def _classes(root: type[PinsmithError] = PinsmithError) -> Iterator[type[PinsmithError]]:
    yield root
    for child in root.__subclasses__():
        yield from _classes(child)


def _public_classes() -> dict[str, type[PinsmithError]]:
    return {error.__name__: error for error in _classes() if error.__module__ == "pinsmith.errors"}


def _is_refusal(name: str) -> bool:
    return issubclass(getattr(errors, name), errors.EnforcementError)


def test_every_exception_has_an_example_here() -> None:
    """Every exception has an example in the table of this file, so that a new one is tested."""
    assert set(EXAMPLES) == set(_public_classes())


def test_every_exception_is_in_the_module_and_in_its_tree() -> None:
    """Every exception is found under its own name in the module that the documentation gives."""
    for name, each in _public_classes().items():
        assert getattr(errors, name) is each
        assert re.search(rf"\b{name}\b", errors.__doc__ or "")


def test_every_code_is_unique_and_kebab_case() -> None:
    """A code is an anchor in the errors page, so no code occurs twice and none is inherited."""
    codes = [error.__dict__.get("code") for error in _classes()]
    assert len(set(codes)) == len(codes)
    assert all(code and re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("name", EXAMPLES)
def test_text(name: str) -> None:
    """The first line is the text and the only argument; hint and exit code are attributes."""
    make, line, hint, exit_code = EXAMPLES[name]
    error = make()
    assert type(error).__name__ == name
    assert str(error) == line
    assert error.args == (line,)
    assert repr(error) == f"{name}({line!r})"
    assert (error.hint, error.exit_code) == (hint, exit_code)
    assert not line.endswith(".")


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy], ids=["pickle", "copy"])  # noqa: S301
def test_survives(name: str, again: Callable[[PinsmithError], PinsmithError]) -> None:
    """Text, type and every attribute survive, as they must when an error crosses to another process."""
    error = EXAMPLES[name][0]()
    error.add_note("a note")
    twin = again(error)
    assert type(twin) is type(error)
    assert (str(twin), twin.args, twin.__dict__) == (str(error), error.args, error.__dict__)


def test_a_mismatch_without_a_chain_lists_none() -> None:
    """If there was no verified chain, the details do not list one."""
    error = errors.PinMismatchError("a.test", None, (key("site leaf"),), why="has no verified chain")
    assert str(error) == "a.test has no verified chain"
    assert error.details == (
        "presented, leaf first:",
        "  no verified chain",
        "pinned:",
        f"  {key('site leaf').pin}  site leaf",
    )


def test_a_parse_error_without_a_line() -> None:
    """The text about a fault of the whole file names only the file."""
    assert str(errors.ParseError("is empty", file="pins.toml")) == "pins.toml: is empty"


@pytest.mark.parametrize("name", ["EnforcementError", "PinMismatchError", "HostNotPinnedError", "SessionRefusedError"])
def test_a_refusal_is_a_failed_verification_to_every_client(name: str) -> None:
    """Clients catch it as `ssl.SSLCertVerificationError`, and it has the fields that they read."""
    error = EXAMPLES[name][0]()
    assert isinstance(error, ssl.SSLCertVerificationError)
    assert isinstance(error, OSError)
    assert (error.verify_code, error.reason) == (50, "APPLICATION_VERIFICATION")


@pytest.mark.parametrize("name", sorted(name for name in EXAMPLES if _is_refusal(name)))
def test_a_refusal_can_be_made_anew_from_its_text(name: str) -> None:
    """Libraries such as ldap3 do this, and a TypeError would hide why the connection was refused."""
    error = EXAMPLES[name][0]()
    again: Any = type(error)
    assert str(again(str(error))) == str(error)


@pytest.mark.parametrize("name", ["CertificateError", "FileError", "PinFormatError", "FetchError"])
def test_other_errors_are_not_a_failed_verification(name: str) -> None:
    """Negative control: an error that is not a refusal of a connection is not a failed verification."""
    assert not isinstance(EXAMPLES[name][0](), ssl.SSLError)


class _Failure:
    """Looks like twisted.python.failure.Failure."""

    def __init__(self, value: object) -> None:
        self.value = value


class _HostileError(Exception):
    """Raises an error when any attribute is read."""

    def __getattribute__(self, name: str) -> object:
        if name in {"reason", "reasons", "exceptions", "os_error"}:
            raise RuntimeError(name)
        return super().__getattribute__(name)


def _raised(inner: BaseException, *, explicit: bool) -> BaseException:
    outer = OSError("outer")
    outer.__context__ = inner
    outer.__cause__ = inner if explicit else None
    outer.__suppress_context__ = True
    return outer


def _with(name: str, value: object) -> Exception:
    error = Exception("client")
    setattr(error, name, value)
    return error


WRAPPED: dict[str, Callable[[PinsmithError], BaseException]] = {
    "itself": lambda error: error,
    "a cause": lambda error: _raised(error, explicit=True),
    "a context that was hidden": lambda error: _raised(error, explicit=False),
    "an argument": lambda error: http.client.HTTPException("connection", error),
    "an argument of an argument": lambda error: Exception(Exception(Exception(error))),
    "a list in the arguments": lambda error: Exception([1, "x", error]),
    "an exception group": lambda error: ExceptionGroup("several", [ValueError(), ExceptionGroup("x", [error])]),
    "the reason, as urllib has it": lambda error: _with("reason", error),
    "the os_error, as aiohttp has it": lambda error: _with("os_error", error),
    "the certificate_error, as aiohttp has it": lambda error: _with("certificate_error", error),
    "a failure in the arguments, as Twisted has it": lambda error: Exception(_Failure(error)),
    "failures in a list, as Twisted has them": lambda error: _with("reasons", [_Failure(_Failure), _Failure(error)]),
    "a failure that holds a client's error": lambda error: Exception([_Failure(Exception(error))]),
    "behind one that raises when looked at": lambda error: ExceptionGroup("x", [_HostileError(), ValueError(error)]),
    "a cancellation": asyncio.CancelledError,
}


@pytest.mark.parametrize("case", WRAPPED)
def test_find(case: str) -> None:
    """The error is found in every place where clients keep it."""
    error = errors.PinMismatchError("a.test", None, ())
    assert find(WRAPPED[case](error)) is error


@pytest.mark.parametrize("case", WRAPPED)
def test_find_finds_nothing_where_nothing_is(case: str) -> None:
    """Negative control: with another error in the same place, nothing is found."""
    assert find(WRAPPED[case](ValueError("not ours"))) is None  # type: ignore[arg-type]


def test_find_in_nothing() -> None:
    """Without an error, nothing is found."""
    assert find(None) is None


def test_find_in_circles() -> None:
    """Exceptions and lists that contain themselves end the search and not the program."""
    one, other = Exception("one"), Exception("other")
    one.__cause__, other.__context__ = other, one
    endless: list[object] = [one]
    endless.append(endless)
    one.args = (other, endless, {"a": 1})
    assert find(one) is None
    ours = errors.HostError("ours")
    endless.append(ours)
    assert find(one) is ours


def test_find_in_a_haystack() -> None:
    """Of a long chain and of long arguments only a limited number is searched."""
    chained = Exception("innermost")
    for _ in range(20_000):
        outer = Exception("outer")
        outer.__cause__ = chained
        chained = outer
    crowded = Exception([Exception("one of many") for _ in range(20_000)])
    for haystack in (chained, crowded):
        assert find(haystack) is None
        assert len(list(causes(haystack))) <= 10_000


def test_find_takes_the_nearest() -> None:
    """Of two errors, the one that is fewer steps away is found, because it made the client fail."""
    near, far = errors.HostError("near"), errors.PolicyError("far")
    outer = Exception(Exception(far), near)
    assert find(outer) is near
