"""
Watch a pin being fetched, enforced and rotated, and an interceptor being stopped.

The demo builds a company's authority, a rogue authority that the device trusts too, and servers on the loopback. It
runs real commands and a real client against them, and shows what they print. Nothing leaves the machine. The exit code
is 0 only if every step behaved as it should.

With `--rotation` it plays the last 71 days in a few seconds: a server changes to its standby key while users have old
releases of an app. A renewal with a fresh key would have locked them all out, and the deploy hook stops it.

With `--incident` a key is stolen on a Friday. Pins are suspended, rotated and enforced again by signed updates, in
programs of two generations. It needs the extra `updates`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _bundle, _output
from pinsmith.cli._command import Command
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pinsmith.cli._demo_story import Story
    from pinsmith.lab.servers.server import RecordingServer

EXAMPLES: Final = (
    ("Take a minute to see what pinning does:", "pinsmith demo"),
    ("See how a key is changed, and how a renewal that locks users out is stopped:", "pinsmith demo --rotation"),
    ("See how a stolen key is replaced without a release:", "pinsmith demo --incident"),
)


@click.command("demo", Command, help=__doc__, examples=EXAMPLES)
@click.option("--rotation", is_flag=True, help="Change the key of a server, with releases that users have.")
@click.option("--incident", is_flag=True, help="Replace a stolen key by signed updates, without a release.")
def demo(*, rotation: bool, incident: bool) -> int:
    """Run every step. A step that fails is reported at once and at the end."""
    from pinsmith.cli._demo_folder import DemoFolder
    from pinsmith.cli._demo_story import Story

    if rotation and incident:
        raise UsageError("--rotation and --incident are two stories", hint="choose one of them")
    if incident:
        _bundle.require_extra()
        from pinsmith.cli import _demo_incident

        story = _demo_incident.play()
    elif rotation:
        from pinsmith.cli import _demo_rotation

        story = _demo_rotation.play()
    else:
        with DemoFolder() as place:
            story = Story(place)
            _tell(story)
    if story.failures:
        _output.error("demo", f"{len(story.failures)} of {story.steps} steps failed", details=story.failures)
        return ExitCode.BROKE
    _output.result("", f"All {story.steps} steps behaved as expected.")
    return ExitCode.OK


def _tell(story: Story) -> None:
    place = story.place
    server = place.serve(place.issuer.issue("api.example.com"))
    reach = f"--connect 127.0.0.1:{server.port} --cafile trusted.pem"

    story.tell("1. Which keys does the server present?")
    story.run(f"pinsmith fetch api.example.com {reach}", expect="sha256/")

    story.tell("2. Pin its key, and a standby key that no server uses yet")
    story.run(
        f"pinsmith init api.example.com --strategy own-key --generate-backup --backup-dir ../safe {reach}",
        expect="pins.toml",
    )

    story.tell("3. Does the live server agree with pins.toml?")
    story.run(f"pinsmith check {reach}", expect="api.example.com")

    story.tell("4. A Python client with these pins works")
    story.run(f"python client.py {server.port}", expect="the server answered HTTP/1.1 200")

    _intercept(story)

    story.tell("6. The key is lost or leaked: the server moves to the standby key, pins.toml stays as it is")
    after = place.serve(place.successor())
    story.run(f"python client.py {after.port}", expect="the server answered HTTP/1.1 200")
    story.run(f"pinsmith check --connect 127.0.0.1:{after.port} --cafile trusted.pem", expect="api.example.com")


def _intercept(story: Story) -> None:
    place = story.place
    story.tell("5. An attacker in the middle, with a certificate that the device trusts")
    rogue = place.serve(place.rogue_root.issue("api.example.com"))
    story.run(f"python client.py {rogue.port} --plain", expect="the server answered HTTP/1.1 200")
    leaked = _bytes_of(rogue)
    story.expect(f"without pins the attacker read {leaked} bytes, including the secret token", holds=leaked > 0)

    rogue = place.serve(place.rogue_root.issue("api.example.com"))
    story.run(f"python client.py {rogue.port}", expect="presented no pinned key", code=1)
    leaked = _bytes_of(rogue)
    story.expect(f"with pins the attacker read {leaked} bytes", holds=leaked == 0 and len(rogue.connections) == 1)
    story.run(
        f"pinsmith check --connect 127.0.0.1:{rogue.port} --cafile trusted.pem",
        expect="presented no pinned key",
        code=ExitCode.MISMATCH,
    )


def _bytes_of(server: RecordingServer) -> int:
    server.settled()
    return len(server.received)
