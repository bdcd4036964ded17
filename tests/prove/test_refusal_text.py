"""What a client of generated code says when it refuses: what was presented, and what would have been accepted."""

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
    "curl-shell": "curl says that the key does not match, and names no pin",
    "dotnet": "the callback can only refuse; SslStream raises with a text of its own, and `Mismatched` is given both",
    "grpc-node": "gRPC keeps a text of its own, and `onMismatch` is given both",
    "grpc-python": "gRPC's C core verifies against pinned certificates, and compares no pins",
    "php-curl": "libcurl says that the key does not match, and names no pin",
    "python": "the error of pinsmith has both in its attributes; its text is one line, as with all of them",
    "qt-cpp": "Qt ends the request with an error of its own, and the hook is given the presented pin",
    "qt-pyside": "Qt ends the request with an error of its own, and the signal is given the presented pin",
    "ruby-net-http": "OpenSSL raises with a text of its own, and `on_mismatch` is given the presented pins",
}
"""By target: why the text of the error has no pins."""
ASKED: Final = [each for each in SUBJECTS if each.target not in EXCUSED]


@pytest.mark.parametrize("subject", ASKED, ids=lambda subject: subject.id)
def test_a_refusal_names_what_was_presented_and_what_is_pinned(subject: Subject) -> None:
    """Whoever reads the error can tell a rotation from an attack, and sees which pins the app was built with."""
    trial, heard = overhear(subject, wrong_key.SCENARIO)
    pki, text = PKIS.of("ec-p256"), "\n".join(heard)
    assert trial.verdict == "pass", trial.reason
    assert pin_of(spki_of(pki.wrong_key.public_key())).removeprefix("sha256/") in text
    assert pki.pin.removeprefix("sha256/") in text
    assert pki.backup_pin.removeprefix("sha256/") in text


def test_every_target_is_asked_or_excused() -> None:
    """A new target that is proven is asked without further ado, and no excuse outlives its target."""
    proven = {each.id for each in CODE} - {name for name, _ in page.OTHERS}
    assert {each.target for each in ASKED} | set(EXCUSED) == proven
    assert not {each.target for each in ASKED} & set(EXCUSED)
