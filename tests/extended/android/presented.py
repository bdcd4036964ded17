"""Collect the chains that the lab's scenarios present, and the decision of pinsmith on each chain."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pinsmith import pinfile
from pinsmith.errors import ExportRefusedError, PinMismatchError
from pinsmith.formats import LOSSES, export
from pinsmith.lab.pki.lab_pki import HOST, LabPKI
from pinsmith.lab.scenario import ALL_KEYS
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.stage import Stage
from pinsmith.tls._chain import presented_ders
from pinsmith.tls.context import PinnedSSLContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pinsmith.formats import Format
    from pinsmith.lab.scenario import Expected, Scenario, Scene
    from pinsmith.policy import Policy

Outcome = Literal["accept", "pins", "chain", "name"]
"""Accepted, or the check that refused: the pins, the verification of the chain, or the comparison of names."""

NOTHING: Final = "<network-security-config/>\n"
NO_CHAIN: Final = frozenset(
    {
        *("garbage", "plain-http", "silent"),  # the server presents no certificate
        # A list of over 100 kB never reaches a trust manager: OpenSSL ends the handshake here, and BoringSSL does on
        # Android (max_cert_list, as its ssl_max_handshake_message_len reads it).
        "oversized-list",
    }
)
NOT_COMPARED: Final = frozenset(
    {
        "compromised-authority",  # no platform file can contain the list of authorities: the export names the loss
        # OpenSSL does not accept a certificate of localhost for "localhost.", and refuses before it compares pins;
        # Android accepts it, and refuses because of the pins.
        "trailing-dot",
    }
)
_NAME_CODES: Final = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Question:
    """
    A handshake for the platform to decide.

    Attributes:
        scenario: The id of the scenario.
        kind: The kind of the keys.
        policy: The pins.
        host: The host that the client connects to.
        presented: The certificates that the server sent, in DER, leaf first.
        trust: The trust anchors, in PEM.
        expected: The decision of a correct client, according to the lab.
        ours: The decision of pinsmith in a handshake of its own.
    """

    scenario: str
    kind: str
    policy: Policy
    host: str
    presented: tuple[bytes, ...]
    trust: str
    expected: Expected
    ours: Outcome

    def __str__(self) -> str:
        return f"{self.scenario}, {self.kind}"


def scenarios() -> list[Scenario]:
    """Return the scenarios that one handshake decides; the others depend on further connections of a client."""
    return [
        scenario
        for scenario in SCENARIOS
        if scenario.protocol == "https"
        and scenario.expected != "withhold"
        and scenario.id not in NO_CHAIN | NOT_COMPARED
    ]


def questions(host: str = HOST, *also: str) -> Iterator[Question]:
    """Set up every scenario with every kind of key, and yield the handshake with the server of the client."""
    for kind in ALL_KEYS:
        pki = LabPKI.of_kind(kind, host, also)
        for scenario in scenarios():
            with Stage(pki) as stage:
                scene = scenario.set(stage)
                for act in scene.acts:
                    policy = pinfile.parse(act.pinning.pin_file())
                    ours = _decide(scene, PinnedSSLContext(policy, cadata=pki.trusted_pem))
                    shown = _shown(scene)
                    yield Question(scenario.id, kind, policy, scene.host, shown, pki.trusted_pem, act.expected, ours)


def exported(question: Question, form: Format) -> str:
    """Return the file of the app; without pins if the policy only reports, which not every format can express."""
    try:
        return export(question.policy, form, options={"accept-loss": tuple(LOSSES)}).text
    except ExportRefusedError:
        if all(entry.mode == "report-only" for entry in question.policy.hosts):
            return NOTHING
        raise


def lines_of(
    asked: Sequence[Question], folder: Path, write: Callable[[Question], str], *, one_app: bool = False
) -> str:
    """Write the files of the questions, for one app or for an app each, and return the lines for the harness."""
    lines = []
    for number, question in enumerate(asked):
        config = folder / ("app.xml" if one_app else f"{number}.xml")
        chain, trust = folder / f"{number}.chain", folder / f"{number}.trust"
        config.write_text(write(question), "utf-8")
        chain.write_text("".join(map(ssl.DER_cert_to_PEM_cert, question.presented)), "ascii")
        trust.write_text(question.trust, "ascii")
        lines.append(f"{config}\t{question.host}\t{chain}\t{trust}\n")
    return "".join(lines)


def _shown(scene: Scene) -> tuple[bytes, ...]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with dial(scene) as plain, context.wrap_socket(plain, server_hostname=scene.host) as tls:
        return tuple(presented_ders(tls))


def _decide(scene: Scene, context: ssl.SSLContext) -> Outcome:
    try:
        with dial(scene) as plain, context.wrap_socket(plain, server_hostname=scene.host):
            return "accept"
    except PinMismatchError:
        return "pins"
    except ssl.SSLCertVerificationError as error:
        return "name" if error.verify_code in _NAME_CODES else "chain"


def dial(scene: Scene) -> socket.socket:
    """Connect to the server of a scene, through its proxy if it has one."""
    if scene.proxy is None:
        return socket.create_connection((scene.address, scene.port), _SECONDS)
    sock = socket.create_connection((scene.proxy.address, scene.proxy.port), _SECONDS)
    sock.sendall(f"CONNECT {scene.host}:{scene.port} HTTP/1.1\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += sock.recv(1) or b"\r\n\r\n"
    assert b" 200 " in answer, answer
    return sock
