"""The debug switch is off unless the application allows it by name, accepts exact values only, and always warns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import PinMismatchError, UnsafeContextError
from pinsmith.tls._enforcer import PinningDisabledWarning
from tests.tls.attack import ask, refused

if TYPE_CHECKING:
    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext

NAME = "PINSMITH_DISABLE"


def test_it_has_no_effect_if_it_is_not_allowed(
    context: MakeContext, rogue_server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable alone, which anybody with access to the environment can set, switches nothing off."""
    monkeypatch.setenv(NAME, "1")
    with refused(rogue_server, PinMismatchError):
        ask(rogue_server, context())


def test_if_it_is_allowed_it_switches_off_and_warns_each_time(
    context: MakeContext,
    rogue_server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each connection causes a warning and a log record that name the variable and the host."""
    monkeypatch.setenv(NAME, "1")
    pinned = context(debug_switch=NAME)
    for _ in range(2):
        with pytest.warns(PinningDisabledWarning, match="PINSMITH_DISABLE is set"):
            assert ask(rogue_server, pinned)
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["pins NOT enforced for localhost: PINSMITH_DISABLE is set"] * 2


@pytest.mark.parametrize("value", [None, "", "0"])
def test_if_it_is_allowed_but_not_set_pins_are_enforced(
    context: MakeContext, rogue_server: RecordingServer, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    """Allowing the switch does not switch anything off."""
    monkeypatch.delenv(NAME, raising=False) if value is None else monkeypatch.setenv(NAME, value)
    with refused(rogue_server, PinMismatchError):
        ask(rogue_server, context(debug_switch=NAME))


@pytest.mark.parametrize("value", ["true", "yes", "on", "2", " 1", "01"])
def test_any_other_value_is_refused(context: MakeContext, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Other values raise an error, because their meaning is not clear."""
    monkeypatch.setenv(NAME, value)
    with pytest.raises(UnsafeContextError, match=r"PINSMITH_DISABLE='.*': expected 1 .* or 0"):
        context(debug_switch=NAME)


def test_another_variable_has_no_effect(
    context: MakeContext, rogue_server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the variable with the allowed name counts."""
    for name in ("PINSMITH", "PINSMITH_DISABLED", "pinsmith_disable", "DISABLE"):
        monkeypatch.setenv(name, "1")
    with refused(rogue_server, PinMismatchError):
        ask(rogue_server, context(debug_switch=NAME))


def test_it_is_read_once(context: MakeContext, rogue_server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is read when a context is made, so setting it later has no effect on existing ones."""
    pinned = context(debug_switch=NAME)
    monkeypatch.setenv(NAME, "1")
    with refused(rogue_server, PinMismatchError):
        ask(rogue_server, pinned)


def test_as_an_error_the_warning_refuses(
    context: MakeContext, rogue_server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a program turns warnings into errors, pins cannot be switched off."""
    monkeypatch.setenv(NAME, "1")
    with refused(rogue_server, PinningDisabledWarning):
        ask(rogue_server, context(debug_switch=NAME))
