"""
The lab as a library: judge a client from a test, or start a server for it.

::

    def test_our_client_pins(lab):
        lab.require(lambda call: fetch(call.url, cafile=call.cafile, pins=call.pins))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pinsmith.errors import ClientFailsError, LabError
from pinsmith.lab.client import TIMEOUT_SECONDS, CommandClient, FunctionClient
from pinsmith.lab.pki.lab_pki import HOST, PKICache
from pinsmith.lab.process.stop import Stop
from pinsmith.lab.run import plan, run
from pinsmith.lab.scenario import Pinning
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.stage import Stage
from pinsmith.lab.verdict import WORDS, advice, is_fine, lacks, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pinsmith.lab.call import Call
    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.scenario import Application, Profile, Scenario
    from pinsmith.lab.servers.server import RecordingServer
    from pinsmith.lab.trial import Trial


@dataclass(frozen=True, eq=False)
class LabServer:
    """
    A TLS server on the loopback that answers HTTP, with the values that a client needs.

    Attributes:
        server: The server, with a record of every connection.
        cafile: A PEM file of the authorities to trust.
        policy: A pins.toml that pins the host.
        pins: The pins of the host, ``sha256/...``; by default those of its key and of its standby key.
        host: The host in the certificate. It resolves to the loopback.
    """

    server: RecordingServer
    cafile: Path
    policy: Path
    pins: tuple[str, ...]
    host: str = HOST

    @property
    def port(self) -> int:
        """The port of the server."""
        return self.server.port

    @property
    def url(self) -> str:
        """The URL to fetch."""
        return f"https://{self.host}:{self.port}/"

    @property
    def pin(self) -> str:
        """The first pin."""
        return self.pins[0]

    @property
    def received(self) -> bytes:
        """All application bytes so far. Close the client before you assert that there are none."""
        self.server.settled()
        return self.server.received


class Laboratory:
    """
    Scenarios and servers for the tests of a project. Use it in a ``with`` block, or as the fixture ``lab``.

    Args:
        folder: A folder for the files of clients, such as the authorities to trust. The caller removes it.

        pkis: Keys to reuse; new ones by default.
    """

    def __init__(self, folder: Path, *, pkis: PKICache | None = None) -> None:
        self._folder = folder
        self._pkis = pkis or PKICache()
        self._stage = Stage(self._pkis.of("ec-p256"))

    def trials(
        self,
        client: Callable[[Call], object] | Sequence[str],
        *,
        scenarios: Sequence[str] = (),
        profile: Profile = "chain",
        protocol: Application = "https",
        keys: Sequence[KeyKind] = (),
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> list[Trial]:
        """
        Try *client* in the scenarios, and return the results, skipped ones last.

        Args:
            client:
                A function that gets a `Call`, returns if it got a response, and raises if it did not. It is called from
                several threads at once. Or a program with its arguments, with placeholders.

            scenarios: Only these, by id.

            profile: What the client compares with its pins.

            protocol: The protocol that the client speaks.

            keys: Only these types of key.

            timeout_seconds: The time limit of one start.

        Raises:
            KeyError: if there is no scenario with an id.
            LabError: if the client cannot be tried, or if the lab failed.
        """
        by_id = {scenario.id: scenario for scenario in SCENARIOS}
        chosen: list[Scenario] = [by_id[name] for name in scenarios]
        stop = Stop()
        if callable(client):
            judged: FunctionClient | CommandClient = FunctionClient(client, timeout_seconds)
            used: frozenset[str] = frozenset()
        else:
            judged = CommandClient(client, None, timeout_seconds, stop)
            used = judged.used
        planned = plan(profile=profile, protocol=protocol, used=used, chosen=chosen, keys=keys)
        return [*run(judged, planned, pkis=self._pkis, stop=stop), *planned.skipped]

    def require(
        self,
        client: Callable[[Call], object] | Sequence[str],
        *,
        scenarios: Sequence[str] = (),
        profile: Profile = "chain",
        protocol: Application = "https",
        keys: Sequence[KeyKind] = (),
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """
        Raise an error unless *client* passes. The arguments are those of `trials`.

        Raises:
            ClientFailsError: if it fails a scenario. The details list all failures, and so do the notes of the error.
            LabError: if no scenario can be tried with this client, or if the lab failed.
        """
        tried = self.trials(
            client,
            scenarios=scenarios,
            profile=profile,
            protocol=protocol,
            keys=keys,
            timeout_seconds=timeout_seconds,
        )
        if all(trial.verdict == "skipped" for trial in tried):
            reason = tried[0].reason if tried else "these options select none"
            raise LabError(f"no scenario could be tried: {reason}")
        failed = [trial for trial in tried if not is_fine(trial)]
        if failed:
            details = [
                *lacks(failed),
                *(f"{trial.scenario.id} ({trial.key}): {WORDS[trial.verdict]}: {trial.reason}" for trial in failed),
            ]
            raise ClientFailsError(
                f"the client fails {tally(tried)}", trials=failed, details=details, hint=advice(tried, profile)
            )

    def server(self, *, rogue: bool = False) -> LabServer:
        """
        Start a server for `HOST`.

        Args:
            rogue: Whether it presents a key that is not pinned, under an authority that the client trusts.
        """
        pki = self._stage.pki
        server = self._stage.serve(pki.impostor() if rogue else pki.genuine())
        pins = (pki.pin, pki.backup_pin)
        cafile, policy = self._folder / "trusted.pem", self._folder / "pins.toml"
        cafile.write_text(pki.trusted_pem, encoding="ascii")
        policy.write_text(Pinning(pins).pin_file(), encoding="utf-8")
        return LabServer(server, cafile, policy, pins)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._stage.__exit__(*raised)
