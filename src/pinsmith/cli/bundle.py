"""
Give programs new pins without a release, signed by several people, by The Update Framework (TUF).

A bundle is a folder of static files for any web host. Offline keys sign which pins count; an online key says only that
they are still fresh. A program that was built with the first root and with [updates] in its pin file reads the bundle
with `pinsmith.updates.Updater`.
"""

from __future__ import annotations

from typing import Final

from pinsmith.cli._command import LazyGroup

COMMANDS: Final[dict[str, str]] = {
    "init": "Propose the root of a new bundle: whose keys count, and how many must sign.",
    "key": "Propose other keys, or another threshold, or renew the root.",
    "sign": "Show what a proposal changes, and sign it.",
    "publish": "Publish what enough people have signed, and sign that it is fresh.",
    "verify": "Verify a bundle as a client does that has nothing but the first root.",
    "show": "Show the keys, the policy in force, and what waits for signatures.",
    "suspend": "Propose that the mismatches of a host are only reported, for some days.",
    "resume": "Propose that the pins of a suspended host are enforced again.",
}

EXAMPLES: Final = (
    (
        "Begin with three people, of whom two must sign:",
        "pinsmith bundle init --key ada=ada.pub --key bo=bo.pub --key cy=cy.pub --online online.pub",
    ),
    ("Look at what the pin file would change:", "pinsmith bundle sign"),
    ("Sign it:", "pinsmith bundle sign ada.key"),
)

bundle = LazyGroup("bundle", path="bundle", summaries=COMMANDS, examples=EXAMPLES, help=__doc__)
