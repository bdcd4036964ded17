"""
Make, prove and retire the keys of pins.toml, list them, and print their certificates.

A key is the public key that a pin stands for. Platforms that pin certificates need a certificate of each key as well.
"""

from __future__ import annotations

from typing import Final

from pinsmith.cli._command import LazyGroup

COMMANDS: Final[dict[str, str]] = {
    "new": "Make a standby key: a private key, a certificate request, and a certificate that the key signs itself.",
    "import": "Add a private key that exists as a standby key.",
    "list": "List the keys of pins.toml, with their hosts, and the places from which their private keys were proven.",
    "prove": "Prove that the private key of a pinned key still exists, by a signature that is kept in the journal.",
    "request": "Make a certificate request for a key of the pin file.",
    "certificate": "Print the certificate of a key, or give the key a certificate.",
    "retire": "Remove a key that no client needs any more from pins.toml.",
}

EXAMPLES: Final = (
    ("Make a standby key:", "pinsmith key new api-2027"),
    ("Prove that a private key still exists:", "pinsmith key prove api-standby standby.key"),
    ("Print the certificate of a key:", "pinsmith key certificate api-2026"),
)

key = LazyGroup("key", path="key", summaries=COMMANDS, examples=EXAMPLES, help=__doc__)
