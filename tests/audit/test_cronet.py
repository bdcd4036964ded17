"""Pins of Cronet and HttpEngine, which code decodes to bytes."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from pinsmith import audit
from tests.formats.policy import pin

A, B = pin("a").base64, pin("b").base64
DECODED: Final = f'Base64.getDecoder().decode("{A}")'


@pytest.mark.parametrize(
    ("pins", "end", "found"),
    [
        (f"Set.of({DECODED})", 'Date.from(Instant.parse("2031-05-01T00:00:00Z"))', (1, date(2031, 5, 1), [])),
        (f"Collections.singleton({DECODED})", "new Date(Long.MAX_VALUE)", (1, None, [])),
        (f"Set.of({DECODED}, remote)", "Instant.MAX", (1, None, ["value-elsewhere"])),
        (f"Set.of({DECODED})", 'Instant.parse("2031-02-31T00:00:00Z")', (1, None, ["value-elsewhere"])),
        ("remote", "Instant.MAX", (0, None, ["value-elsewhere"])),
        (f'Set.of(decode("{A[:-1]}"))', "Instant.MAX", (0, None, ["value-elsewhere"])),
    ],
)
def test_pins_of_cronet_are_read(pins: str, end: str, found: tuple[int, date | None, list[str]]) -> None:
    """Texts that a call decodes are pins, and what the file does not give is noted."""
    text = f'class A {{ void f() {{ builder.addPublicKeyPins("api.example.com", {pins}, true, {end}); }} }}'
    target, reading = audit.read(text.encode(), "A.java")
    assert target.id == "cronet-java"
    sizes = [(len(host.pins), host.expires) for host in reading.hosts] or [(0, None)]
    assert [*sizes, [note.rule for note in reading.notes]] == [found[:2], found[2]]


def test_a_set_that_may_contain_other_pins_is_not_read() -> None:
    """Pins that are added to a set count if the set was made empty in the same file."""
    call = 'b.addPublicKeyPins("api.example.com", pins, true, Instant.MAX);'
    text = f"class A {{{{ void f(Set<byte[]> given) {{{{ Set<byte[]> pins = {{}}; pins.add({DECODED}); {call} }}}} }}}}"
    for made, rules in (("new HashSet<>()", []), ("given", ["value-elsewhere"])):
        _, reading = audit.read(text.format(made).encode(), "A.java")
        assert ([note.rule for note in reading.notes], sum(len(host.pins) for host in reading.hosts)) == (rules, 1)
