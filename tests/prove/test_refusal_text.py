"""The error of a client of generated code names the presented pins and the accepted pins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.formats.code import CODE
from pinsmith.lab.pki.key import pin_of, spki_of
from pinsmith.lab.scenarios import wrong_key
from tests.prove import page
from tests.prove.family import SUBJECTS
from tests.prove.proving import overhear
from tests.prove.variant import PKIS

if TYPE_CHECKING:
    from tests.prove.subject import Subject

pytestmark = [pytest.mark.prove, pytest.mark.timeout(2400)]

EXCUSED: Final = {
    "curl-shell": "curl reports that the key does not match, and names no pin",
    "dotnet": "the callback can only refuse; SslStream raises with a text of its own, and `Mismatched` gets both",
    "grpc-node": "gRPC keeps a text of its own, and `onMismatch` gets both",
    "grpc-python": "gRPC's C core verifies against pinned certificates, and compares no pins",
    "php-curl": "libcurl reports that the key does not match, and names no pin",
    "python": "the error of pinsmith has both in its attributes; its text is one line, like those of all its errors",
    "qt-cpp": "Qt ends the request with an error of its own, and the hook gets the presented pin",
    "qt-pyside": "Qt ends the request with an error of its own, and the signal contains the presented pin",
    "ruby-net-http": "OpenSSL raises with a text of its own, and `on_mismatch` gets the presented pins",
}
"""The reasons why the error text of a target has no pins, by target."""
ASKED: Final = [subject for subject in SUBJECTS if subject.target not in EXCUSED]


@pytest.mark.parametrize("subject", ASKED, ids=lambda subject: subject.id)
def test_a_refusal_names_what_was_presented_and_what_is_pinned(subject: Subject) -> None:
    """A reader of the error can distinguish a rotation from an attack, and sees the pins of the app."""
    trial, heard = overhear(subject, wrong_key.SCENARIO)
    pki, text = PKIS.of("ec-p256"), "\n".join(heard)
    assert trial.verdict == "pass", trial.reason
    assert pin_of(spki_of(pki.wrong_key.public_key())).removeprefix("sha256/") in text
    assert pki.pin.removeprefix("sha256/") in text
    assert pki.backup_pin.removeprefix("sha256/") in text


def test_every_target_is_asked_or_excused() -> None:
    """Every proven target is tested or excused, and every excuse belongs to a target."""
    proven = {target.id for target in CODE} - {name for name, _ in page.OTHERS}
    assert {subject.target for subject in ASKED} | set(EXCUSED) == proven
    assert not {subject.target for subject in ASKED} & set(EXCUSED)
